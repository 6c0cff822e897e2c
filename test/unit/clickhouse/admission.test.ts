import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { untilAdmitted } from '../../../clickhouse/admission.js';

const answer = (code: number, message: string) => new ClickHouseError({ code: String(code), type: 'X', message });
const crowded = answer(202, 'Too many simultaneous queries for user etl. Current: 2, maximum: 2. ');

/** A statement that fails with each of these, and then has an answer. */
function statement(...errors: readonly unknown[]) {
  const left = [...errors];
  const said = { times: 0 };
  return {
    said,
    say: async () => {
      said.times++;
      const error = left.shift();
      if (error !== undefined) throw error;
      return await Promise.resolve('answer');
    },
  };
}

test('a statement that is not let in is said again until it is, and whoever watches knows when it waits', async () => {
  const { say, said } = statement(crowded, crowded, crowded);
  const seen: string[] = [];
  const onWait = (waiting: boolean) => seen.push(`${waiting ? 'waits' : 'said again'} after ${said.times}`);
  expect(await untilAdmitted(say, { onWait })).toBe('answer');
  expect(seen).toEqual([1, 2, 3].flatMap((n) => [`waits after ${n}`, `said again after ${n}`]));
});

test.each([
  ['another error', answer(241, 'memory limit exceeded')],
  // It had begun, and may have written rows.
  ['the refusal of a shard', answer(202, 'Received from 127.0.0.1:9001. DB::Exception: Too many simultaneous queries')],
])('%s is thrown at once', async (_, error) => {
  const { say, said } = statement(error);
  await expect(untilAdmitted(say)).rejects.toBe(error);
  expect(said.times).toBe(1);
});

test('when the patience is over the refusal stands', async () => {
  const { say, said } = statement(...Array.from({ length: 1000 }, () => crowded));
  await expect(untilAdmitted(say, { patienceSeconds: 0.2 })).rejects.toBe(crowded);
  expect(said.times).toBeGreaterThan(1);
  expect(said.times).toBeLessThan(30);
});

test('a cancellation ends the wait, and nothing is said any more', async () => {
  const { say, said } = statement(...Array.from({ length: 1000 }, () => crowded));
  const controller = new AbortController();
  const why = new Error('cancelled');
  const waiting = untilAdmitted(say, {
    signal: controller.signal,
    onWait: () => said.times === 3 && controller.abort(why),
  });
  await expect(waiting).rejects.toBe(why);
  expect(said.times).toBe(3);
});
