/** What a slice takes in memory is its rows and their texts: of events with long ones fewer are there. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { withPipeline } from '../support/pipeline.js';

const DAY = '2026-03-10';
/** Room for 10,000 rows of the usual length. Filling a slice may take 256 MB. */
const harness = withDatabase({ environment: { LLMA_SLICE_MEMORY_MB: '4' } });
const pipeline = withPipeline(harness);

const addLong = ({ count, deliveries = 1, bytes }: { count: number; deliveries?: number; bytes: number }) =>
  harness.command(
    `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
     SELECT reinterpretAsUUID(intDiv(number, {deliveries:UInt64}) + 1), '$ai_generation',
       concat('{"$ai_session_id":"', repeat('x', {bytes:UInt64}), toString(intDiv(number, {deliveries:UInt64})), '"}'),
       toDateTime64('${DAY} 00:00:01', 6, 'UTC'), 1, 'user', toDateTime64('${DAY} 00:00:02', 6, 'UTC')
     FROM numbers({count:UInt64} * {deliveries:UInt64})`,
    { count, deliveries, bytes },
  );

test('a slice that turns out to need more memory than it may goes to disk, says so, and has the same metrics', async () => {
  await addLong({ count: 9000, bytes: 32_000 });
  await pipeline.backfill([DAY]);
  expect(
    await harness.select(`SELECT metric_value AS n FROM llma_metrics_daily WHERE metric_name = 'ai_generation_count'`),
  ).toEqual([{ n: 9000 }]);
  expect(
    await harness.select(`SELECT settings['slice'] AS slice FROM llma_partition_runs WHERE status = 'computed'`),
  ).toEqual([{ slice: 'MergeTree' }]);
});

test('its copy without duplicates is on disk where both are too large', async () => {
  await addLong({ count: 3000, deliveries: 2, bytes: 1000 });
  const { slice, days } = await pipeline.decode([DAY]);
  expect({ engine: slice?.engine, rows: slice?.rows }).toEqual({ engine: 'MergeTree', rows: 3000 });
  expect(days).toMatchObject([{ rows: 3000, source: { duplicates: 3000 } }]);
});

test('no other chunk is decoded beside one that takes more than half of it', async () => {
  await addLong({ count: 3000, bytes: 1000 });
  expect(await pipeline.decode([DAY])).toMatchObject({ slice: { engine: 'Memory', rows: 3000 }, leavesRoom: false });
});
