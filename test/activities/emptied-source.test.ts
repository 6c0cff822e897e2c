import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { ledger, liveRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT] = ['2026-03-10', '2026-03-11'];

test('a day whose events were deleted, computed again: its rows go, and the ledger says why', async () => {
  await addEvents(harness, { day: DAY, count: 3 }, { day: NEXT, count: 2 });
  await pipeline.backfill([DAY, NEXT]);
  const next = await liveRows(harness, `date = '${NEXT}'`);
  await harness.command(`ALTER TABLE events DELETE WHERE toDate(timestamp) = '${DAY}' SETTINGS mutations_sync = 2`);
  expect(await pipeline.backfill([DAY])).toMatchObject({ changed: [DAY] });
  expect(await liveRows(harness)).toEqual(next);

  const published = await ledger(
    harness,
    'rows, source_rows, length(runs) AS runs',
    `status = 'published' AND date = '${DAY}'`,
  );
  expect(published).toEqual([
    { rows: 2, source_rows: 3, runs: 2 },
    { rows: 0, source_rows: 0, runs: 2 },
  ]);
  const [status] = await harness.select(
    `SELECT status, rows, source_rows FROM llma_partition_status WHERE date = '${DAY}'`,
  );
  expect(status).toEqual({ status: 'published', rows: 0, source_rows: 0 });
});
