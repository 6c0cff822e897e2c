import { ClickHouseError } from '@clickhouse/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { permanent, toFailure } from '../../activities/failure.js';
import { FAILURE } from '../../workflows/plan/failures.js';

const answer = (code: number, message = 'no') => new ClickHouseError({ code: String(code), type: 'X', message });
const of = (error: unknown, attempt = 1) => {
  const failure = toFailure(error, { type: FAILURE.clickhouse, what: 'the day', attempt });
  const { type, nonRetryable, message } = failure;
  return { type, nonRetryable: nonRetryable === true, message, delay: failure.nextRetryDelay as string | undefined };
};
const QUERY_MEMORY = 'Query memory limit exceeded: would use 10.04 MiB';

test.each<[string, unknown, number, string, boolean]>([
  ['a wrong query', answer(60), 1, 'ClickHousePermanent', true],
  ['no answer', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 100, 'ClickHouseTransient', false],
  ['a query that was killed', answer(394), 100, 'ClickHouseTransient', false],
  ['too many queries', answer(202), 100, 'ClickHouseOverloaded', false],
  ['a query that took too long', answer(159), 2, 'ClickHouseTransient', false],
  ['a query that took too long three times', answer(159), 3, 'ClickHousePermanent', true],
  ['a query that needs more than its own memory', answer(241, QUERY_MEMORY), 2, 'ClickHouseOverloaded', false],
  ['one that needs it three times', answer(241, QUERY_MEMORY), 3, 'ClickHousePermanent', true],
  [
    'the same, as older servers say it',
    answer(241, 'Memory limit (for query) exceeded'),
    3,
    'ClickHousePermanent',
    true,
  ],
  ['a server without memory', answer(241, '(total) memory limit exceeded'), 100, 'ClickHouseOverloaded', false],
  ['a user without memory', answer(241, 'User memory limit exceeded'), 100, 'ClickHouseOverloaded', false],
])('%s', (_, error, attempt, type, nonRetryable) => {
  expect(of(error, attempt)).toMatchObject({ type, nonRetryable });
  expect(of(error, attempt).message).toMatch(/^the day: /);
});

test('an overloaded server is left alone for longer and longer', () => {
  expect([1, 2, 30, 1000].map((attempt) => of(answer(202), attempt).delay)).toEqual(['10s', '20s', '300s', '300s']);
  expect(of(answer(394)).delay).toBeUndefined();
});

test('a failure that was made already stays what it is', () => {
  const failure = permanent(FAILURE.verification, 'why');
  expect(toFailure(failure, { type: FAILURE.clickhouse, what: 'x', attempt: 1 })).toBe(failure);
  expect(failure).toBeInstanceOf(ApplicationFailure);
});

test('the cause is kept, without what must not reach a history', () => {
  const failure = toFailure(answer(394, 'cancelled (version 26.7 (official build))'), {
    type: FAILURE.clickhouse,
    what: 'x',
    attempt: 1,
  });
  expect(failure.cause?.message).toBe('ClickHouse 394: cancelled');
});
