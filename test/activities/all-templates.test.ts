/** All shipped templates through the whole pipeline, on days that look like real ones. */
import { expect, test } from 'vitest';
import { loadGenerated } from '../../examples/load-generated.js';
import { differences, expectedBy, expectedMetrics, type Delivery } from '../sql/shipped-oracle.js';
import { withDatabase } from '../support/activity-harness.js';
import { openEvents } from '../support/events-table.js';
import { withPipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);

const DAYS = ['2026-03-30', '2026-03-31'];

test('what becomes visible is what an independent computation finds, and no audit objects', async () => {
  const { clickhouse, close } = openEvents();
  await loadGenerated({ clickhouse, database: harness.name, days: 2, endingOn: '2026-03-31' });
  await close();
  harness.templates(shippedFiles());
  const computed = await pipeline.compute(DAYS);
  expect(computed.days.map(({ findings }) => findings)).toEqual([[], []]);
  expect(Object.keys(computed.days[0]?.templates ?? {})).toHaveLength(
    Object.keys(shippedFiles()).filter((name) => !name.includes('/')).length,
  );
  await pipeline.accept(computed);
  await pipeline.publish('2026-03-31');

  const rows = await harness.select<{ name: string; metric_value: number }>(
    `SELECT concat(toString(date), ' ', toString(team_id), ' ', metric_name) AS name, metric_value FROM llma_metrics_daily`,
  );
  const events = await harness.select<Delivery>(
    'SELECT uuid, event, properties, timestamp, team_id, distinct_id, created_at FROM events',
  );
  const found = new Map(rows.map(({ name, metric_value }) => [name, metric_value]));
  expect(found.size).toBeGreaterThan(500);
  expect(differences(found, expectedMetrics(events))).toEqual([]);

  const named = await harness.select<{ name: string; metric_value: number }>(
    `SELECT concat(toString(date), ' ', toString(team_id), ' ', metric_name, ' ', dimension, ' ', toJSONString(value)) AS name, metric_value FROM llma_metrics_daily_by`,
  );
  expect(named.length).toBeGreaterThan(100);
  expect(differences(new Map(named.map((row) => [row.name, row.metric_value])), expectedBy(events))).toEqual([]);
});
