import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reference } from '../../bench/reference.js';
import { packageFile } from '../../config/package-file.js';
import { withDatabase } from '../support/activity-harness.js';
import { withPipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);

const DAYS = ['2025-03-10', '2025-03-11'];
const COLUMNS = 'uuid, event, properties, timestamp, team_id, distinct_id, created_at';
const read = (...path: string[]) => readFileSync(packageFile(...path), 'utf8');
const example = (folder: string, file: string) => read('docs', 'examples', 'sources', folder, `${file}.sql`);

/** The shipped templates, reading this source. */
function use(source: string): void {
  harness.templates({ ...shippedFiles(), 'sources/posthog_events': source });
}

/** Computes and publishes the days. @returns what analysts see */
async function published(): Promise<unknown[]> {
  await pipeline.backfill(DAYS);
  // Sums of floats may differ in the last bit: their order is the table's.
  return await harness.select(
    `SELECT * FROM (
       SELECT date, team_id, metric_name, '' AS name, round(metric_value, 6) AS metric_value FROM llma_metrics_daily
       UNION ALL SELECT date, team_id, metric_name, concat(dimension, value), metric_value FROM llma_metrics_daily_by
     ) ORDER BY ALL`,
  );
}

test('days are computed and published from the columns of each example, with the numbers of the shipped source', async () => {
  const params = { start: DAYS[0], per_day: 300, days: 2, teams: 3, pad: 100 };
  await harness.command(reference('events.sql'), params);
  use(read('sql', 'sources', 'posthog_events.sql'));
  const shipped = await published();
  expect(shipped.length).toBeGreaterThan(100);

  await harness.command(example('materialized-columns', 'events'));
  use(example('materialized-columns', 'posthog_events'));
  expect(await published()).toEqual(shipped);

  await harness.command('RENAME TABLE events TO events_as_text');
  await harness.command(example('json-column', 'events'));
  await harness.command(`INSERT INTO events (${COLUMNS}) SELECT ${COLUMNS} FROM events_as_text`);
  use(example('json-column', 'posthog_events'));
  expect(await published()).toEqual(shipped);
});
