/** ClickHouse runs scalar subqueries while it analyses a query: one that forgot its date range is refused there too. */
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { parsePartition } from '../../config/partition.js';
import { loadSettings } from '../../config/settings.js';
import { examineTemplates } from '../../worker/check-templates.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, addYear } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { sqlDirOf } from '../sql/harness.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');
const ALL = '(SELECT count() FROM events WHERE NOT ignore(properties))';
const share = (of: string) =>
  `SELECT date, team_id, 'share' AS metric_name, count() / ${of} AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;
const GOOD = `-- metrics, by date: *\nSELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;
const within = (table: string) =>
  `(SELECT count() FROM ${table} WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}')`;

beforeEach(async () => {
  await addYear(harness);
  await addEvents(harness, { day: DAY, count: 3 });
});

/** What is refused has read: its limit of a million at most, and the blocks of threads that were at one by then; of 3 million. */
const REFUSED_BY = 1_500_000;

/** The most that a statement of ours has read. */
async function mostRead(): Promise<number> {
  await harness.command('SYSTEM FLUSH LOGS query_log');
  const [row] = await harness.select<{ most: number }>(
    `SELECT toUInt32(max(read_rows)) AS most FROM system.query_log
     WHERE type != 'QueryStart' AND current_database = '${harness.name}' AND startsWith(query_id, 'llma')`,
  );
  return row!.most;
}

test.each([
  ['beside events', share(ALL)],
  ['of a template by date', `-- metrics, by date: *\n${share(ALL)}`],
  [
    'in WITH',
    `WITH ${ALL} AS every SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'all' AS metric_name, every AS metric_value`,
  ],
  ['of a set', share('1').replace(' GROUP', ' WHERE user_id NOT IN (SELECT distinct_id FROM events) GROUP')],
])('%s: it is refused as soon as it reads, and its template is named', async (_what, forgot) => {
  harness.templates({ forgot, good: GOOD });
  const failure = await failureOf(pipeline.compute([DAY]));
  expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
  expect(failure.message).toMatch(
    /^sql\/forgot\.sql for partition 2026-03-10: it would read more rows than its limit of 1,000,000\nthe limit is 4 times /,
  );
  expect(failure.message).not.toContain('good');
  expect(await mostRead()).toBeLessThan(REFUSED_BY);
});

test('one that keeps to its partition may read it', async () => {
  harness.templates({ fine: share(within('events')), good: GOOD });
  expect((await pipeline.compute([DAY])).days[0]!.rows).toBe(2);
});

test('while another template is looked for that is to blame, it is refused as well', async () => {
  const bad = `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'x' AS metric_name, nope AS metric_value`;
  harness.templates({ a_bad: bad, forgot: share(ALL) });
  expect((await failureOf(pipeline.compute([DAY]))).message).toMatch(/^sql\/a_bad\.sql .*nope/);
  expect(await mostRead()).toBeLessThan(REFUSED_BY);
});

const examine = async (sql: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) => {
  const settings = loadSettings({ LLMA_SQL_DIR: sqlDirOf(sql), ...environment }, '/nonexistent');
  return await examineTemplates(settings, harness.database);
};

test('a worker that starts warns of the files that have one, and reads no table for it', async () => {
  const files = {
    'forgot.sql': share(ALL),
    'by_date.sql': `-- metrics, by date: share\n${share(ALL)}`,
    'good.sql': GOOD,
  };
  const { problems, warnings } = await examine(files);
  expect(problems).toEqual([]);
  expect(warnings.map((line) => line.split(':')[0])).toEqual(['sql/by_date.sql', 'sql/forgot.sql']);
  for (const warning of warnings)
    expect(warning).toMatch(
      /: not checked, and days like \d{4}-\d\d-\d\d will be refused: a subquery of it alone reads more than the INSERT of that day may, 1,000,000 rows: restrict it .*LLMA_MAX_READ_FACTOR$/,
    );
  expect(await mostRead()).toBeLessThan(REFUSED_BY);
});

test('a worker that starts lets one read what the INSERT of a day may', async () => {
  const fine = { 'fine.sql': share(`(SELECT count() FROM large WHERE NOT ignore(id))`) };
  await harness.command(
    'CREATE TABLE large ENGINE = MergeTree ORDER BY id AS SELECT number AS id FROM numbers(1500000)',
  );
  onTestFinished(() => harness.command('DROP TABLE large SYNC'));
  // Other days may have more events: it is not refused.
  expect(await examine(fine)).toMatchObject({ problems: [], warnings: [expect.stringMatching(/^sql\/fine\.sql: /)] });
  const unlimited = await examine(fine, { LLMA_MAX_READ_FACTOR: '0' });
  expect(unlimited).toMatchObject({ problems: [], warnings: [] });
  const broken = { 'broken.sql': share('1').replace('count()', 'count() OVER > 3') };
  const beside = await examine({ ...fine, ...broken });
  expect(beside.problems).toEqual([expect.stringMatching(/^sql\/broken\.sql:1: Syntax error/)]);
  await harness.command(
    `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id)
     SELECT toUUID('00000000-0000-0000-0000-000000000000'), '$ai_generation', '{}', toStartOfDay(now() - INTERVAL 1 DAY) + number / 10, 1, 'u' FROM numbers(400000)`,
  );
  expect(await examine(fine)).toMatchObject({ problems: [], warnings: [] });
});
