import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coalesce } from '../../../activities/coalesce.js';

interface Item {
  readonly key: string;
  readonly name: string;
  /** Whatever batch it is in fails. */
  readonly guilty: boolean;
  readonly weight: number;
}

const item = (name: string, more: Partial<Item> = {}): Item => ({ key: 'k', name, guilty: false, weight: 0, ...more });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await turn();
};

/** Work that lasts until it is told to end, and remembers what it was asked. */
function work({ most = 16, passing = false, heaviest = Infinity, pause = turn } = {}) {
  const batches: { items: readonly Item[]; signal: AbortSignal; end: (error?: Error) => void }[] = [];
  const call = coalesce<Item, string>({
    most,
    nameOf: ({ name }) => name,
    weightOf: ({ weight }) => weight,
    heaviest,
    pause,
    alone: () => !passing,
    run: (items, signal) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve(items.map(({ name }) => `done ${name}`)));
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        batches.push({ items, signal, end });
      }),
  });
  const asked = () => batches.map(({ items }) => items.map(({ name }) => name).join(' '));
  return { call, batches, asked, running: () => batches.at(-1)! };
}

/** What becomes of a call, asked for before it ends. */
const ending = (promise: Promise<string>) =>
  promise.catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
const live = () => new AbortController().signal;

describe('calls of one key', () => {
  test('that come while it is waited for others are one batch', async () => {
    const pauses: (() => void)[] = [];
    const { call, asked, running } = work({ pause: () => new Promise<void>((resolve) => pauses.push(resolve)) });
    const ends = [call('k', item('a'), live())];
    for (const name of ['b', 'c']) {
      ends.push(call('k', item(name), live()));
      pauses.at(-1)!();
      await turns(3);
      expect(asked()).toEqual([]);
    }
    pauses.at(-1)!();
    await turns(3);
    expect(asked()).toEqual(['a b c']);
    running().end();
    await Promise.all(ends);
  });

  test('those that are too heavy together are not, and one that is too heavy alone is alone', async () => {
    const { call, asked, running } = work({ heaviest: 10 });
    const weights = { a: 4, b: 6, c: 1, d: 11, e: 9 };
    const ends = Object.entries(weights).map(([name, weight]) => call('k', item(name, { weight }), live()));
    for (const expected of ['a b', 'c e', 'd']) {
      await turns(3);
      expect(asked().at(-1)).toBe(expected);
      running().end();
    }
    expect(await Promise.all(ends)).toHaveLength(5);
  });

  test('the first runs at once; those that come meanwhile run together', async () => {
    const { call, asked, running } = work();
    const first = call('k', item('a'), live());
    await turns(3);
    expect(asked()).toEqual(['a']);
    const others = ['b', 'c'].map((name) => call('k', item(name), live()));
    await turns(3);
    expect(asked()).toEqual(['a']);
    running().end();
    expect(await first).toBe('done a');
    await turns(3);
    expect(asked()).toEqual(['a', 'b c']);
    running().end();
    expect(await Promise.all(others)).toEqual(['done b', 'done c']);
    // And when all is done, the next one is a first one again.
    void call('k', item('d'), live());
    await turns(3);
    expect(asked()).toEqual(['a', 'b c', 'd']);
  });

  test('another key waits for nobody', async () => {
    const { call, asked } = work();
    void call('k', item('a'), live());
    void call('l', item('b'), live());
    await turns(3);
    expect(asked()).toEqual(['a', 'b']);
  });

  test('a batch has a size, and no name twice', async () => {
    const { call, asked, running } = work({ most: 3 });
    for (const name of ['a', 'a', 'b', 'c', 'd']) void call('k', item(name), live());
    await turns(3);
    running().end();
    await turns(3);
    expect(asked()).toEqual(['a b c', 'a d']);
  });
});

describe('a failed batch', () => {
  test('is run one at a time: the guilty one fails alone', async () => {
    const { call, asked, running } = work();
    const calls = ['a', 'b', 'c'].map((name) => ending(call('k', item(name), live())));
    await turns(3);
    running().end(new Error('together'));
    for (const name of ['a', 'b', 'c']) {
      await turns(3);
      running().end(name === 'b' ? new Error('b is wrong') : undefined);
    }
    expect(await Promise.all(calls)).toEqual(['done a', 'b is wrong', 'done c']);
    expect(asked()).toEqual(['a b c', 'a', 'b', 'c']);
  });

  test('fails for all when the error passes', async () => {
    const { call, asked, running } = work({ passing: true });
    const calls = ['a', 'b'].map((name) => ending(call('k', item(name), live())));
    await turns(3);
    running().end(new Error('away'));
    expect(await Promise.all(calls)).toEqual(['away', 'away']);
    expect(asked()).toEqual(['a b']);
  });
});

describe('an aborted call', () => {
  test('rejects at once, and the others go on', async () => {
    const { call, running } = work();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = ending(call('k', item('a'), one.signal));
    const second = ending(call('k', item('b'), two.signal));
    await turns(3);
    one.abort(new Error('cancelled'));
    expect(await first).toBe('cancelled');
    expect(running().signal.aborted).toBe(false);
    running().end();
    expect(await second).toBe('done b');
  });

  test('the last one aborts the batch, and waits for its end', async () => {
    const { call, running } = work();
    const all = [new AbortController(), new AbortController()];
    const calls = all.map(({ signal }, index) => ending(call('k', item(`${index}`), signal)));
    await turns(3);
    for (const controller of all) controller.abort(new Error('cancelled'));
    expect(running().signal.aborted).toBe(true);
    expect(await Promise.all(calls)).toEqual(['cancelled', 'cancelled']);
  });

  test('is not begun when it still waited, or was aborted before', async () => {
    const { call, asked, running } = work();
    const waiting = new AbortController();
    const first = call('k', item('a'), live());
    await turns(3);
    const second = ending(call('k', item('b'), waiting.signal));
    waiting.abort(new Error('cancelled'));
    expect(await second).toBe('cancelled');
    expect(await ending(call('k', item('c'), AbortSignal.abort('too late')))).toBe('too late');
    running().end();
    await first;
    await turns(3);
    expect(asked()).toEqual(['a']);
  });
});

test('whatever comes when: each has its own end, and no batch breaks a rule', async () => {
  const calls = fc.array(
    fc.record({
      key: fc.constantFrom('k', 'l'),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      guilty: fc.boolean(),
      after: fc.nat(6),
      abortAfter: fc.option(fc.nat(6)),
      lasts: fc.nat(4),
    }),
    { maxLength: 24 },
  );
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 5 }), async (all, most) => {
      const runs = new Map<string, number>();
      const call = coalesce<(typeof all)[number], string>({
        most,
        nameOf: ({ name }) => name,
        alone: () => true,
        run: async (items, signal) => {
          const { key } = items[0]!;
          expect(runs.get(key) ?? 0).toBe(0);
          runs.set(key, 1);
          expect(items.length).toBeLessThanOrEqual(most);
          expect(items.every((one) => one.key === key)).toBe(true);
          expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
          try {
            for (let i = 0; i < Math.max(...items.map(({ lasts }) => lasts)); i++) {
              await turns(3);
              signal.throwIfAborted();
            }
            const guilty = items.find((one) => one.guilty);
            if (guilty) throw new Error(`${items.length}: ${all.indexOf(guilty)} is guilty`);
            return items.map((one) => `done ${all.indexOf(one)}`);
          } finally {
            runs.set(key, 0);
          }
        },
      });
      const ends = await Promise.all(
        all.map(async (one) => {
          await turns(one.after);
          const controller = new AbortController();
          if (one.abortAfter !== null) void turns(one.abortAfter).then(() => controller.abort(new Error('cancelled')));
          return await ending(call(one.key, one, controller.signal));
        }),
      );
      ends.forEach((end, index) => {
        const own = all[index]!.guilty ? `1: ${index} is guilty` : `done ${index}`;
        expect(all[index]!.abortAfter === null ? [own] : [own, 'cancelled']).toContain(end);
      });
    }),
    { numRuns: 300 },
  );
});
