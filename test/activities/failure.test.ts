import { ClickHouseError } from '@clickhouse/client';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { withHeartbeats } from '../../activities/context.js';
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
  ['a bug of ours', new TypeError('x is not a function'), 1, 'Bug', false],
  ['a query that needs more than its own memory', answer(241, QUERY_MEMORY), 2, 'ClickHouseOverloaded', false],
  ['a server without memory', answer(241, '(total) memory limit exceeded'), 100, 'ClickHouseOverloaded', false],
  ['a user without memory', answer(241, 'User memory limit exceeded'), 100, 'ClickHouseOverloaded', false],
])('%s', (_, error, attempt, type, nonRetryable) => {
  expect(of(error, attempt)).toMatchObject({ type, nonRetryable });
  expect(of(error, attempt).message).toMatch(/^the day: /);
});

test('an overloaded server is left alone for longer and longer', () => {
  const full = answer(241, '(total) memory limit exceeded');
  expect([1, 2, 30, 1000].map((attempt) => of(full, attempt).delay)).toEqual(['10s', '20s', '300s', '300s']);
  expect(of(answer(394)).delay).toBeUndefined();
});

test('where others took all places, one may come free at any moment: every attempt comes back soon, and not with all others', () => {
  const delays = Array.from({ length: 50 }, (_, index) => Number.parseInt(of(answer(202), index + 1).delay ?? ''));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...delays)).toBeLessThanOrEqual(15);
  expect(new Set(delays).size).toBeGreaterThan(3);
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

describe('an activity’s attempts, one after the other', () => {
  /** What each attempt fails with; each is handed the last heartbeat of the one before. */
  async function attempts(...errors: unknown[]): Promise<(string | undefined)[]> {
    const types: (string | undefined)[] = [];
    let heartbeatDetails: unknown;
    for (const [index, error] of errors.entries()) {
      const info = { attempt: index + 1, heartbeatDetails, heartbeatTimeoutMs: 1000 };
      const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR', () => undefined) });
      environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
      const activity = () =>
        withHeartbeats(async () => {
          throw toFailure(error, { type: FAILURE.verification, what: 'the day', attempt: index + 1 });
        });
      const failure = (await environment.run(activity).catch((thrown: unknown) => thrown)) as ApplicationFailure;
      types.push(`${failure.type}${failure.nonRetryable ? '!' : ''}`);
    }
    return types;
  }
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

  test('three at the query’s own limit are enough; those that ended otherwise don’t count', async () => {
    const slow = answer(159);
    expect(await attempts(slow, reset, reset, slow, answer(202), slow)).toEqual([
      'ClickHouseTransient',
      'ClickHouseTransient',
      'ClickHouseTransient',
      'ClickHouseTransient',
      'ClickHouseOverloaded',
      'VerificationFailed!',
    ]);
  });

  test('time and memory of the query count together', async () => {
    const memory = answer(241, QUERY_MEMORY);
    expect(await attempts(memory, answer(160), memory)).toEqual([
      'ClickHouseOverloaded',
      'ClickHouseTransient',
      'VerificationFailed!',
    ]);
  });

  test('a bug is given up after three attempts, under its own name', async () => {
    const bug = new TypeError('x is not a function');
    expect(await attempts(bug, reset, bug, bug)).toEqual(['Bug', 'ClickHouseTransient', 'Bug', 'Bug!']);
  });

  test('a server that is away is waited for as long as it takes', async () => {
    expect(new Set(await attempts(...Array.from({ length: 20 }, () => reset)))).toEqual(
      new Set(['ClickHouseTransient']),
    );
  });

  test('a failure thrown past toFailure counts alike', async () => {
    let heartbeatDetails: unknown = { past: { overloaded: 0, atLimit: 0, bugs: 2 } };
    const environment = new MockActivityEnvironment(
      { heartbeatDetails },
      { logger: new DefaultLogger('ERROR', () => undefined) },
    );
    environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
    const failure = await environment
      .run(() => withHeartbeats(() => Promise.reject(new TypeError('x is null'))))
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ type: 'Bug', nonRetryable: true, message: 'x is null' });
  });
});
