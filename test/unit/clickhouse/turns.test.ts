import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../../clickhouse/turns.js';

const LONG = 60_000;

/** A statement that runs until it is told to end. */
function statement(turns: Turns, signal?: AbortSignal) {
  let end: (error?: Error) => void = () => undefined;
  const told = new Promise<string>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve('answer'))));
  const seen: string[] = [];
  const say = async () => {
    seen.push('runs');
    return await told;
  };
  const onWait = (waiting: boolean) => seen.push(waiting ? 'waits' : 'waits no more');
  const answer = turns.take(say, { signal, onWait });
  answer.catch(() => undefined);
  return { seen, answer, end };
}

/** All that is ready to run has run. */
const settled = () => after(0);
const alone = async () => await Promise.resolve(1);

test('nobody waits while nobody else is at work', async () => {
  const turns = new Turns(async () => await Promise.resolve(undefined), LONG);
  const all = Array.from({ length: 20 }, () => statement(turns));
  await settled();
  expect(all.map(({ seen }) => seen)).toEqual(all.map(() => ['runs']));
  for (const { end } of all) end();
  expect(await Promise.all(all.map(({ answer }) => answer))).toEqual(all.map(() => 'answer'));
});

test('else as many at once as there are places, those that came first before the others, whether they fail or not', async () => {
  const turns = new Turns(async () => await Promise.resolve(2), LONG);
  const [a, b, c, d, e] = Array.from({ length: 5 }, () => statement(turns)) as [Said, Said, Said, Said, Said];
  await settled();
  expect([a, b, c, d, e].map(({ seen }) => seen.at(-1))).toEqual(['runs', 'runs', 'waits', 'waits', 'waits']);
  b.end(new Error('refused'));
  await expect(b.answer).rejects.toThrow('refused');
  await expect.poll(() => c.seen).toEqual(['waits', 'waits no more', 'runs']);
  expect([d.seen, e.seen]).toEqual([['waits'], ['waits']]);
  for (const { end } of [a, c, d, e]) end();
  expect(await Promise.all([a, c, d, e].map(({ answer }) => answer))).toHaveLength(4);
  expect([d.seen.at(-1), e.seen.at(-1)]).toEqual(['runs', 'runs']);
});

test('who is done leaves as much time to others as it took', async () => {
  const turns = new Turns(alone, LONG);
  const [first, second] = [statement(turns), statement(turns)];
  await settled();
  const began = performance.now();
  await after(20);
  const ended = performance.now();
  first.end();
  await expect.poll(() => second.seen.at(-1), { interval: 1 }).toBe('runs');
  // Timers may ring a millisecond early.
  expect(performance.now() - ended).toBeGreaterThanOrEqual(ended - began - 2);
  second.end();
});

test('the turn of one that takes long passes on', async () => {
  const turns = new Turns(alone, 50);
  const long = statement(turns);
  const next = statement(turns);
  await expect.poll(() => next.seen.at(-1)).toBe('runs');
  expect(long.seen).toEqual(['runs']);
  long.end();
  next.end();
  await Promise.all([long.answer, next.answer]);
  // Nor has it passed on twice: one place is still one.
  await after(100);
  const [third, fourth] = [statement(turns), statement(turns)];
  await settled();
  expect([third.seen, fourth.seen]).toEqual([['runs'], ['waits']]);
  third.end();
  fourth.end();
});

test('nothing waits longer than a turn may last', async () => {
  const turns = new Turns(alone, 200);
  const all = Array.from({ length: 10 }, () => statement(turns));
  const began = performance.now();
  await expect.poll(() => all.map(({ seen }) => seen.at(-1)), { timeout: 10_000 }).toEqual(all.map(() => 'runs'));
  // Not one after another.
  expect(performance.now() - began).toBeLessThan(9 * 200);
  for (const { end } of all) end();
});

test('a cancelled one waits no longer, and its turn is the next one’s', async () => {
  const turns = new Turns(alone, LONG);
  const cancel = new AbortController();
  const first = statement(turns);
  const cancelled = statement(turns, cancel.signal);
  const next = statement(turns);
  await settled();
  cancel.abort(new Error('cancelled'));
  await expect(cancelled.answer).rejects.toThrow('cancelled');
  expect(cancelled.seen).toEqual(['waits', 'waits no more']);
  expect(next.seen).toEqual(['waits']);
  first.end();
  await expect.poll(() => next.seen.at(-1)).toBe('runs');
  next.end();
  await next.answer;
});

type Said = ReturnType<typeof statement>;
