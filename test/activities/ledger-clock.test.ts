/** The ledger's last word on a day is the latest one, although ClickHouse's clock went back. */
import { expect, test } from 'vitest';
import { lookAtMonths } from '../../clickhouse/look.js';
import { parsePartition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { ledger } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT] = ['2026-03-10', '2026-03-11'];

/** As if all that the ledger has of a day was written while the clock was an hour ahead. */
const ahead = () =>
  harness.command(
    `INSERT INTO llma_partition_runs SELECT * REPLACE (recorded_at + INTERVAL 1 HOUR AS recorded_at) FROM llma_partition_runs AS r WHERE r.date = '${DAY}'`,
  );

test('what is published after the clock went back is known to be', async () => {
  await addEvents(harness, { day: DAY, count: 3 }, { day: NEXT, count: 1 });
  await pipeline.backfill([DAY, NEXT]);
  await ahead();
  await addEvents(harness, { day: DAY, count: 2 }, { day: NEXT, count: 1 });
  expect(await pipeline.backfill([DAY, NEXT])).toMatchObject({ changed: [DAY, NEXT] });
  expect(
    await harness.select(
      'SELECT toString(s.date) AS day, source_rows, last_attempt_status AS last, published_at > now() + INTERVAL 50 MINUTE AS ahead FROM llma_partition_status AS s ORDER BY day',
    ),
  ).toEqual([
    { day: DAY, source_rows: 5, last: 'published', ahead: 1 },
    { day: NEXT, source_rows: 2, last: 'published', ahead: 0 },
  ]);
  // Nothing is left to record: neither for who looks, nor for the next publish.
  expect((await lookAtMonths(harness.database)).map(({ differs }) => differs)).toEqual([false]);
  const before = await ledger(harness, 'status');
  expect(await pipeline.publish(DAY)).toMatchObject({ changed: [] });
  expect(await ledger(harness, 'status')).toEqual(before);
});

test('what failed after the clock went back is the last attempt', async () => {
  await pipeline.backfill([DAY, NEXT]);
  await ahead();
  const failed = (partition: string, error: string) => ({
    partition: parsePartition(partition),
    status: 'failed' as const,
    error,
  });
  for (const error of ['first', 'second'])
    await harness.run('recordOutcomes', { days: [failed(DAY, error), failed(NEXT, error)] });
  const said = { status: 'published', last: 'failed', error: 'second' };
  expect(
    await harness.select(
      'SELECT toString(s.date) AS day, status, last_attempt_status AS last, last_attempt_error AS error FROM llma_partition_status AS s ORDER BY day',
    ),
  ).toEqual([
    { day: DAY, ...said },
    { day: NEXT, ...said },
  ]);
});
