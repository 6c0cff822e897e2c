import { describe, expect, test, vi } from 'vitest';
import type { Database, Summary } from '../../../clickhouse/database.js';
import { LostResponseError, runQuery, selectKillable, type RunOptions } from '../../../clickhouse/run-query.js';

const SUMMARY: Summary = { readRows: 1, readBytes: 2, writtenRows: 3, writtenBytes: 4, elapsedMs: 5 };
const never = new Promise<never>(() => undefined);

type OnWait = (waiting: boolean) => void;

interface Behaviour {
  /** Of the statement itself. */
  readonly statement: (signal: AbortSignal | undefined, onWait?: OnWait) => Promise<Summary>;
  /** What `system.processes` says about it; by default that it runs. */
  readonly look?: () => Promise<unknown[]>;
}

/** A connection that does as it is told, and remembers what was killed. */
function database({ statement, look = () => Promise.resolve([{ read_rows: '7', elapsed: 0.5 }]) }: Behaviour) {
  const killed: unknown[] = [];
  const fake = {
    select: look,
    command(sql: string, options: { params?: { prefix?: unknown }; signal?: AbortSignal; onWait?: OnWait }) {
      if (!sql.startsWith('KILL')) return statement(options.signal, options.onWait);
      killed.push(options.params?.prefix);
      return Promise.resolve(SUMMARY);
    },
  };
  return { killed, database: fake as unknown as Database };
}

/** What the server says to a statement of which it has heard so many KILLs. */
async function untilKilled(killed: readonly unknown[], times: number): Promise<Summary> {
  await vi.waitFor(() => expect(killed.length).toBeGreaterThanOrEqual(times), 5000);
  throw Object.assign(new Error('Query was cancelled'), { code: '394' });
}

const options = (change: Partial<RunOptions> = {}): RunOptions => ({
  sql: 'INSERT',
  queryId: 'llma-q',
  signal: new AbortController().signal,
  onProgress: () => undefined,
  pollEveryMs: 5,
  ...change,
});

describe('a statement', () => {
  test('that succeeds returns its summary, and kills nothing', async () => {
    const { database: db, killed } = database({ statement: () => Promise.resolve(SUMMARY) });
    expect(await runQuery(db, options())).toBe(SUMMARY);
    expect(killed).toEqual([]);
  });

  test('tells how far it is until it ends, and not after', async () => {
    const onProgress = vi.fn();
    let end = (_: Summary): void => undefined;
    const { database: db } = database({ statement: () => new Promise((resolve) => (end = resolve)) });
    const running = runQuery(db, options({ onProgress }));
    await vi.waitFor(() => expect(onProgress.mock.calls.length).toBeGreaterThan(2));
    expect(onProgress).toHaveBeenCalledWith({ queryId: 'llma-q', readRows: 7, elapsedMs: 500 });
    end(SUMMARY);
    await running;
    const calls = onProgress.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(onProgress.mock.calls.length).toBe(calls);
  });

  test('that the server refuses is not killed: it has ended', async () => {
    const refusal = Object.assign(new Error('no'), { code: '62' });
    const { database: db, killed } = database({ statement: () => Promise.reject(refusal) });
    await expect(runQuery(db, options())).rejects.toBe(refusal);
    expect(killed).toEqual([]);
  });

  test('that the server does not let in for a while is not missed by those who look for it', async () => {
    let looks = 0;
    const { database: db, killed } = database({
      statement: async (_, onWait) => {
        for (let refusals = 0; refusals < 3; refusals++) {
          onWait?.(true);
          await vi.waitFor(() => expect(looks).toBeGreaterThan(5 * (refusals + 1)));
          onWait?.(false);
        }
        return SUMMARY;
      },
      look: () => Promise.resolve(++looks < 0 ? [1] : []),
    });
    expect(await runQuery(db, options())).toBe(SUMMARY);
    expect(killed).toEqual([]);
  });

  test('whose connection breaks is killed: nobody knows whether it still runs', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const { database: db, killed } = database({ statement: () => Promise.reject(reset) });
    await expect(runQuery(db, options())).rejects.toBe(reset);
    expect(killed).toEqual(['llma-q']);
  });

  test('that is cancelled is killed, and its request given up', async () => {
    const cancel = new AbortController();
    let request: AbortSignal | undefined;
    const { database: db, killed } = database({
      statement: (signal) => {
        request = signal;
        return untilKilled(killed, 1);
      },
    });
    const running = runQuery(db, options({ signal: cancel.signal }));
    cancel.abort('cancelled');
    await expect(running).rejects.toBe('cancelled');
    expect(killed).toEqual(['llma-q']);
    expect(request?.aborted).toBe(true);
  });

  test('that is cancelled while its request is on its way is killed once it has arrived', async () => {
    const cancel = new AbortController();
    const { database: db, killed } = database({ statement: () => untilKilled(killed, 2) });
    const running = runQuery(db, options({ signal: cancel.signal }));
    cancel.abort('cancelled');
    await expect(running).rejects.toBe('cancelled');
    expect(killed).toEqual(['llma-q', 'llma-q']);
  });

  test('whose answer is lost does not wait for ever', async () => {
    const { database: db, killed } = database({ statement: () => never, look: () => Promise.resolve([]) });
    await expect(runQuery(db, options())).rejects.toBeInstanceOf(LostResponseError);
    expect(killed).toEqual(['llma-q']);
  });

  test('that a look or two misses is waited for', async () => {
    let looks = 0;
    const { database: db } = database({
      statement: () => vi.waitFor(() => (looks > 5 ? SUMMARY : Promise.reject(new Error('not yet'))), 5000),
      look: () =>
        ++looks % 3 === 0 ? Promise.resolve([{ read_rows: '1', elapsed: 1 }]) : Promise.reject(new Error('busy')),
    });
    expect(await runQuery(db, options())).toBe(SUMMARY);
  });

  test('is not begun when it was cancelled before', async () => {
    const statement = vi.fn();
    const { database: db } = database({ statement });
    await expect(runQuery(db, options({ signal: AbortSignal.abort('before') }))).rejects.toBe('before');
    expect(statement).not.toHaveBeenCalled();
  });
});

test('a SELECT that is cancelled is killed, and says why it ended', async () => {
  const cancel = new AbortController();
  const { database: db, killed } = database({
    statement: () => never,
    look: () => new Promise((_, reject) => cancel.signal.addEventListener('abort', () => reject(new Error('aborted')))),
  });
  const running = selectKillable(db, 'SELECT', { queryId: 'llma-s', signal: cancel.signal });
  cancel.abort('cancelled');
  await expect(running).rejects.toBe('cancelled');
  expect(killed).toEqual(['llma-s']);
});
