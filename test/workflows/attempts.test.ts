/** What one attempt of an activity hands to the next one, on a real Temporal; and what becomes of expired days. */
import { ClickHouseError } from '@clickhouse/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { past, withHeartbeats } from '../../activities/context.js';
import { toFailure } from '../../activities/failure.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, permanently } from '../support/temporal-fakes.js';
import { openDevServer, type WorkflowTests } from '../support/temporal-worker.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const [DAY, NEXT] = ['2025-01-30', '2025-01-31'] as const;
const answer = (code: number, message = 'no') => new ClickHouseError({ code: String(code), type: 'X', message });

it('an attempt knows how the ones before it ended', async () => {
  const pipeline = new FakePipeline();
  const errors = [answer(241, 'Query memory limit exceeded'), answer(394)];
  const pasts: unknown[] = [];
  pipeline.hooks.insert = async (_, attempt) => {
    pasts.push(past());
    const error = errors[attempt - 1];
    if (!error) return;
    await withHeartbeats((_signal, report) => {
      report({ readRows: 7 });
      throw toFailure(error, { type: FAILURE.clickhouse, what: 'the day', attempt });
    });
  };
  const result = await tests.run(pipeline, async () => (await tests.backfill({ from: DAY, to: DAY })).result());
  expect(result.published).toEqual([DAY]);
  const once = { overloaded: 1, atLimit: 1, bugs: 0 };
  expect(pasts).toEqual([{ overloaded: 0, atLimit: 0, bugs: 0 }, once, once]);
});

it('an expired day is skipped, says why in the ledger, and is not tried again by retryFailed', async () => {
  const pipeline = new FakePipeline();
  const why = `partition ${DAY} was not computed: its source rows have expired`;
  pipeline.hooks.insert = ({ partition }) => {
    if (partition === DAY) throw permanently(FAILURE.expired, why);
  };
  const result = await tests.run(pipeline, async () => (await tests.backfill({ from: DAY, to: NEXT })).result());
  expect(result).toMatchObject({ published: [NEXT], failed: [], blocked: [], skipped: [DAY] });
  expect(result.errors).toEqual({ [DAY]: `PartitionExpired: ${why}` });
  expect(pipeline.inserts.get(DAY)).toBe(1);
  expect(pipeline.ledger).toEqual([{ partition: DAY, status: 'expired', error: `PartitionExpired: ${why}` }]);
});

it('a reason to compute expired days reaches every one of them', async () => {
  const pipeline = new FakePipeline();
  const reasons: unknown[] = [];
  pipeline.hooks.insert = ({ computeExpired }) => void reasons.push(computeExpired);
  const input = { from: DAY, to: NEXT, computeExpired: ' restored ' };
  const result = await tests.run(pipeline, async () => (await tests.backfill(input)).result());
  expect(result.published).toEqual([DAY, NEXT]);
  expect(reasons).toEqual(['restored', 'restored']);
});
