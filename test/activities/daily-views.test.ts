/** llma_metrics_daily_by and llma_metrics_daily_state: what analysts see beside the metrics is of the published days, and of nothing else. */
import { beforeEach, expect, test } from 'vitest';
import { differences, expectedBy, type Delivery, type Metrics } from '../sql/shipped-oracle.js';
import { withDatabase } from '../support/activity-harness.js';
import { withPipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT] = ['2026-03-10', '2026-03-11'];

beforeEach(() => harness.templates(shippedFiles()));

/** Random events of two days, two teams and three types: a few models, and so many tools, of which few are called often. */
async function addRandom(count: number, seed: number): Promise<void> {
  await harness.command(
    `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
     WITH name -> cityHash64(number, {seed:UInt32}, name) AS random
     SELECT
       generateUUIDv4(number),
       ['$ai_generation', '$ai_span', '$ai_trace'][1 + random('event') % 3],
       toJSONString(map(
         '$ai_model', if(random('named') % 5 = 0, '', concat('model "', toString(least(random('m') % 9, random('n') % 9)), '"')),
         '$ai_tool_name', toString(least(random('t') % 400, random('u') % 400)),
         '$ai_is_error', toString(random('error') % 10 = 0),
         '$ai_trace_id', toString(random('trace') % 500), '$ai_latency', toString(1 + random('latency') % 100))),
       toDateTime64({day:String}, 6, 'UTC') + random('time') % 172800, 1 + random('team') % 2, toString(random('user') % 90), now()
     FROM numbers({count:UInt32})`,
    { count, seed, day: `${DAY} 00:00:00` },
  );
}

async function by(where = '1'): Promise<Metrics> {
  const rows = await harness.select<{ name: string; value: string; metric_value: number }>(
    `SELECT concat(toString(date), ' ', toString(team_id), ' ', metric_name, ' ', dimension) AS name, value, metric_value
     FROM llma_metrics_daily_by WHERE ${where}`,
  );
  return new Map(rows.map(({ name, value, metric_value }) => [`${name} ${JSON.stringify(value)}`, metric_value]));
}

async function deliveries(): Promise<Delivery[]> {
  return await harness.select<Delivery>(
    'SELECT uuid, event, properties, toString(timestamp) AS timestamp, team_id, distinct_id, toString(created_at) AS created_at FROM events',
  );
}

test('calls by name are those of the events of the published days, of their last run', async () => {
  await addRandom(8000, 1);
  await pipeline.backfill([DAY, NEXT]);
  const first = expectedBy(await deliveries());
  expect([...first.keys()].filter((name) => name.endsWith('tool ""')).length).toBeGreaterThan(6);
  expect(differences(await by(), first)).toEqual([]);

  await addRandom(3000, 2);
  expect(differences(await by(), first)).toEqual([]);
  // Computed, and accepted, but not published.
  await pipeline.computeAndAccept([DAY]);
  expect(differences(await by(), first)).toEqual([]);
  await pipeline.publish(DAY);
  const second = expectedBy(await deliveries());
  const of = (metrics: Metrics, day: string) => [...metrics].filter(([name]) => name.startsWith(day));
  expect(differences(await by(), new Map([...of(second, DAY), ...of(first, NEXT)]))).toEqual([]);
  // Whoever computes a day without events takes its names away.
  await harness.command('TRUNCATE TABLE events');
  await pipeline.backfill([DAY], { override: 'a test' });
  expect(differences(await by(), new Map(of(first, NEXT)))).toEqual([]);
});

test('the values of a dimension add up: over names to the events that have one, over days to those of all', async () => {
  await addRandom(8000, 3);
  await pipeline.backfill([DAY, NEXT]);
  const sums = (table: string, dimension: string) =>
    harness.select<{ key: string; n: number }>(
      `SELECT concat(toString(date), ' ', toString(team_id), ' ', metric_name) AS key, sum(metric_value) AS n
       FROM ${table} WHERE ${dimension} AND match(metric_name, '_count$') AND metric_name NOT LIKE '%_id%' AND metric_name NOT LIKE '%latency%' GROUP BY key ORDER BY key`,
    );
  // Every event has a tool, and four of five a model.
  const all = await sums('llma_metrics_daily', '1');
  expect(all.length).toBe(2 * 2 * 3 * 2);
  expect(await sums('llma_metrics_daily_by', `dimension = 'tool'`)).toEqual(all);
  const [named] = await harness.select<{ n: number }>(
    `SELECT count() AS n FROM events WHERE JSONExtractString(properties, '$ai_model') != ''`,
  );
  const [models] = await harness.select<{ n: number }>(
    `SELECT sum(metric_value) AS n FROM llma_metrics_daily_by WHERE dimension = 'model' AND NOT endsWith(metric_name, '_error_count')`,
  );
  expect(models).toEqual(named);
  const distinct = (table: string, value: string) =>
    harness.select(`SELECT date, team_id, ${value} AS n FROM ${table} GROUP BY date, team_id ORDER BY date, team_id`);
  expect(
    await distinct(
      `llma_metrics_daily_by WHERE dimension = 'model' AND metric_name = 'ai_span_count'`,
      'uniqExact(value)',
    ),
  ).toEqual(await distinct(`llma_metrics_daily WHERE metric_name = 'ai_span_models'`, 'any(metric_value)'));
});

test('states are there under the names of all metrics that they make, and give the weekly ones', async () => {
  await addRandom(4000, 4);
  await pipeline.backfill([DAY, NEXT]);
  const names = await harness.select<{ name: string }>(
    'SELECT DISTINCT metric_name AS name FROM llma_metrics_daily_state ORDER BY name',
  );
  const types = ['ai_generation', 'ai_span', 'ai_trace'];
  expect(names.map(({ name }) => name)).toEqual(
    [
      ...types.flatMap((type) => ['latency', 'traces', 'users'].map((of) => `${type}_${of}`)),
      ...['ai_trace_id_count', 'ai_trace_id_has_error_count', 'ai_user_id_count'],
    ].sort(),
  );
  const weekly = (of: string) =>
    harness.select(
      `SELECT team_id, metric_name, metric_value FROM llma_metrics_weekly WHERE match(metric_name, '${of}') ORDER BY ALL`,
    );
  const ids = '_(traces|users|id_count|id_has_error_count)$';
  expect(
    await harness.select(
      `SELECT team_id, metric_name, toFloat64(uniqCombined64Merge(13)(uniques)) AS metric_value
       FROM llma_metrics_daily_state WHERE match(metric_name, '${ids}') GROUP BY team_id, metric_name ORDER BY ALL`,
    ),
  ).toEqual(await weekly(ids));
  expect(
    await harness.select(
      `SELECT team_id, concat(s.metric_name, '_p95') AS metric_name, toFloat64(quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(s.quantiles)[3]) AS metric_value
       FROM llma_metrics_daily_state AS s WHERE endsWith(s.metric_name, '_latency') GROUP BY s.team_id, s.metric_name ORDER BY ALL`,
    ),
  ).toEqual(await weekly('_p95$'));
});

test('a template of one’s own may have other dimensions, and either of both', async () => {
  const files = {
    agents: `-- metrics, by date: *
      SELECT date, team_id, arrayJoin(['ai_agents', 'ai_teams', 'odd']) AS metric_name, 1 AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
    'states/agents': `SELECT date, team_id, (arrayJoin([('ai_agents', 'a', 2), ('ai_teams', '', 3), ('odd', 'b', 4)]) AS of).1 AS metric_name,
      map(of.2, toUInt64(of.3)) AS errors FROM {{ llm_events }} GROUP BY date, team_id`,
  };
  harness.templates(files);
  await addRandom(10, 5);
  await pipeline.backfill([DAY]);
  expect([...(await by('team_id = 1'))].sort()).toEqual([
    [`${DAY} 1 ai_error_count agent "a"`, 2],
    [`${DAY} 1 ai_error_count team ""`, 3],
  ]);
});
