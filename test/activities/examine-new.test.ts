/** A file that is dropped in while a worker runs is examined as those that were there when it started: before anything of it is computed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { parsePartition } from '../../config/partition.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { packageFile } from '../../config/package-file.js';
import { examineNew } from '../../worker/examine-new.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const examined = loadCatalogue({ sqlDir: packageFile('sql') });
const harness = withDatabase({
  createActivities: (deps) => createActivities({ ...deps, examine: examineNew({ ...deps, examined }) }),
});
const pipeline = withPipeline(harness);
const DAYS = [parsePartition('2026-03-10'), parsePartition('2026-03-11')];
const GOOD = `SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

beforeEach(async () => {
  for (const day of DAYS) await addEvents(harness, { day, count: 3 });
});

const described = async () => {
  await harness.command('SYSTEM FLUSH LOGS query_log');
  const [row] = await harness.select<{ n: number }>(
    `SELECT toUInt32(countIf(type = 'QueryFinish' AND query LIKE 'DESCRIBE%')) AS n FROM system.query_log WHERE current_database = '${harness.name}'`,
  );
  return row!.n;
};

describe('refused, by name and line', () => {
  test.each([
    [
      'rows of other days than those that are computed together',
      `-- metrics, by date: last\nSELECT max(e.date) AS date, team_id, 'last' AS metric_name, count() AS metric_value FROM {{ llm_events }} AS e GROUP BY team_id`,
      /^sql\/new\.sql:1: "-- metrics, by date:" is for templates .* the same events always give the same rows, or write/,
    ],
    [
      'rows of which some are left out',
      `-- metrics, by date: good\n${GOOD} ORDER BY metric_value LIMIT 1`,
      /^sql\/new\.sql:1: "-- metrics, by date:" .*LIMIT 1 is of all days together/,
    ],
    ['a header that is none', `-- metric: good\n${GOOD}`, /^sql\/new\.sql:1: .*-- metrics:/],
    [
      'columns in another order in another SELECT',
      `${GOOD}\nUNION ALL\nSELECT date, count() AS metric_value, 'b' AS metric_name, team_id FROM {{ llm_events }} GROUP BY date, team_id`,
      /sql\/new\.sql:3: column metric_value stands where the first SELECT has team_id/,
    ],
    ['a column too many', GOOD.replace('count() AS', '1 AS more, count() AS'), /^sql\/new\.sql:1: .*more/],
    [
      'a column too few',
      GOOD.replace("'good' AS metric_name, ", ''),
      /^sql\/new\.sql:1: column metric_name is missing/,
    ],
  ])('%s', async (_what, sql, message) => {
    harness.templates({ good: GOOD, new: sql });
    const failure = await failureOf(pipeline.compute(DAYS));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(message);
    // A run that leaves it out is not concerned.
    expect((await pipeline.compute(DAYS, { metrics: ['good'] })).days.map(({ rows }) => rows)).toEqual([1, 1]);
  });

  test('states of another type', async () => {
    harness.templates({
      good: GOOD,
      'states/good':
        'SELECT date, team_id, event AS metric_name, quantilesTDigestState(0.5)(1.) AS quantiles FROM {{ llm_events }} GROUP BY date, team_id, metric_name',
    });
    expect((await failureOf(pipeline.compute(DAYS))).message).toMatch(/^sql\/states\/good\.sql:1: /);
  });

  test('an audit that says nothing of days', async () => {
    harness.templates({ good: GOOD, 'audits/mine': "-- blocking, by date: All is well.\nSELECT 'x' AS message" });
    expect((await failureOf(pipeline.compute(DAYS))).message).toMatch(
      /^sql\/audits\/mine\.sql: it returns message; expected date, message/,
    );
  });
});

test('each file once, and again when it has changed; those of before never', async () => {
  harness.templates({ 'sources/posthog_events': examined.sources[0]!.source, good: GOOD });
  await pipeline.compute(DAYS);
  const first = await described();
  expect(first).toBeGreaterThan(0);
  await pipeline.compute(DAYS);
  expect(await described()).toBe(first);
  harness.templates({ 'sources/posthog_events': examined.sources[0]!.source, good: `${GOOD} -- changed` });
  await pipeline.compute(DAYS);
  expect(await described()).toBeGreaterThan(first);
});

test('those that the worker started with are right already', async () => {
  const before = await described();
  await pipeline.compute(DAYS, { metrics: ['event_counts'] });
  expect(await described()).toBe(before);
});
