/** Installations with hundreds of templates: what names all of their runs is more than one parameter of a statement may have. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { ledger, liveRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';

test('a month of 31 days with 250 templates becomes visible, and the ledger says so', async () => {
  const days = { from: '2026-03-01', days: 31, templates: 250 };
  const names = `arrayMap(t -> concat('template_of_a_rather_long_name_', toString(t)), range({templates:UInt32}))`;
  const day = `{from:Date} + number`;
  await harness.command(
    `INSERT INTO llma_partition_runs (date, status, token, version, templates, template_rows, audits)
     SELECT ${day}, 'computed', 'token', 1, mapFromArrays(${names}, arrayMap(t -> lower(hex(SHA256(t))), ${names})),
       mapFromArrays(${names}, arrayMap(t -> 1, ${names})), arrayMap(i -> ('thin_day', 'warning', repeat(toString(i), 300)), range(20))
     FROM numbers({days:UInt32})`,
    days,
  );
  await harness.command(
    `INSERT INTO llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, run)
     SELECT date, team, if(team = 0, '', t), 1, t, 1, cityHash64('token', date, t)
     FROM (SELECT ${day} AS date, arrayJoin(${names}) AS t, arrayJoin([0, 1]) AS team FROM numbers({days:UInt32}))`,
    days,
  );
  const output = await harness.run('publishMonthPartition', { month: '202603' as never });
  expect(output).toMatchObject({ rows: 31 * 250 });
  expect(await liveRows(harness)).toHaveLength(31 * 250);
  const published = await ledger(
    harness,
    'status, length(runs) AS runs, length(templates) AS templates, length(audits) AS audits',
  );
  expect(published.filter(({ status }) => status === 'published')).toEqual(
    Array.from({ length: 31 }, () => ({ status: 'published', runs: 250, templates: 250, audits: 20 })),
  );
});

test('a count that is wrong for thousands of teams blocks its day, with their number', async () => {
  harness.templates({
    event_counts: `SELECT date, team_id, 'ai_generation_count' AS metric_name, toFloat64(count() + 1) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
  });
  await harness.command(
    `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
     SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${DAY} 12:00:00', 6, 'UTC'), number + 1, 'u', now() FROM numbers(5000)`,
  );
  const { message } = await failureOf(pipeline.compute([DAY]));
  expect(message).toContain('counts_match_source');
  expect(message).toContain('and 4995 more');
});

test('thousands of superseded runs are swept', async () => {
  await harness.command(
    `INSERT INTO llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, run)
     SELECT '${DAY}', 0, '', 0, concat('t', toString(number)), version, cityHash64(number, version)
     FROM numbers(12000) ARRAY JOIN [1, 2] AS version`,
  );
  expect(await harness.run('sweepVersions', { olderThanDays: 30 })).toEqual({ rows: 12_000 });
  const left = 'SELECT version, count() AS runs FROM llma_metrics_versions GROUP BY version';
  expect(await harness.select(left)).toEqual([{ version: 2, runs: 12_000 }]);
});
