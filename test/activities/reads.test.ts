import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readsOf } from '../../activities/retention/reads.js';
import { sourceTables } from '../../activities/retention/source-tables.js';
import { packageFile } from '../../config/package-file.js';
import { parsePartition } from '../../config/partition.js';
import { checkSource } from '../../scripts/doctor/source.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, addYear } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');

const SUM = "SELECT team_id, toFloat64(sum(JSONExtractInt(properties, 'x'))) AS v FROM events GROUP BY team_id";
const [RAW = ''] =
  /(?<=```sql\n)[^`]*FROM events\n[^`]*/.exec(readFileSync(packageFile('docs', 'adding-a-metric.md'), 'utf8')) ?? [];

test.each([
  [`${SUM} UNION ALL ${SUM}`],
  ["SELECT 1 FROM events GROUP BY toDate(toTimeZone(timestamp, 'UTC')), team_id"],
  ['SELECT 1 FROM events AS a JOIN events AS b ON toString(a.uuid) = toString(b.uuid)'],
  ['SELECT 1 FROM events ARRAY JOIN splitByChar(properties) AS x ORDER BY lower(upper(x))'],
  ['SELECT 1 FROM (SELECT lower(upper(event)) AS e FROM events) WHERE length(lower(e)) > 1 LIMIT 1 BY lower(upper(e))'],
  ['SELECT 1 FROM events GROUP BY GROUPING SETS ((lower(upper(event))), (toString(length(event))))'],
  // Named like a table function, where none can be.
  ['SELECT remote(url(event)) FROM events GROUP BY cluster(merge(file(event))), dictionary(loop(team_id))'],
])('no function of %s is a table function', async (sql) => {
  const reads = await readsOf(harness.database, sql);
  expect(reads.functions).toEqual([]);
  const { unknown, unindexed } = await sourceTables(harness.database, [reads], (view) =>
    readsOf(harness.database, view),
  );
  expect({ unknown, unindexed }).toEqual({ unknown: [], unindexed: 0 });
});

test.each([
  ['SELECT lower(upper(toString(number))) FROM numbers(3)', ['numbers']],
  [`${SUM} UNION ALL SELECT 1, sum(abs(negate(v))) FROM remote('h', 'd', 't')`, ['remote']],
  ["SELECT 1 FROM merge('d', 't') AS a JOIN file('x.csv') AS b ON plus(a.x, 1) = b.x", ['merge', 'file']],
  [
    "SELECT 1 FROM (SELECT abs(abs(x)) FROM cluster('c', 'd', 't')) WHERE x IN (SELECT 1 FROM url('u'))",
    ['cluster', 'url'],
  ],
  ["WITH t AS (SELECT abs(abs(x)) AS y FROM remote('h', 'd', 't')) SELECT 1 FROM t, numbers(3)", ['remote', 'numbers']],
  ["SELECT (SELECT max(abs(x)) FROM view(SELECT x FROM loop('d', 't')))", ['view', 'loop']],
])('the table functions of %s are found', async (sql, functions) => {
  expect((await readsOf(harness.database, sql)).functions).toEqual(functions);
});

test('beside the raw example of the docs a template that no date restricts is stopped, and the doctor warns of nothing', async () => {
  const undated = `SELECT toDate('{{ partition }}') AS date, team_id, 'undated' AS metric_name, count() AS metric_value
    FROM events WHERE formatDateTime(timestamp, '%Y-%m-%d', 'UTC') = '{{ partition }}' GROUP BY team_id`;
  await addYear(harness);
  await addEvents(harness, { day: DAY, count: 3, properties: { $ai_total_tokens: 5 } });
  harness.templates({ raw: RAW, undated });
  expect(await failureOf(pipeline.compute([DAY]))).toMatchObject({
    type: 'TemplateError',
    message: expect.stringMatching(
      /^sql\/undated\.sql for partition 2026-03-10: it would read more rows than its limit of 1,\d{3},\d{3}\nthe limit is/,
    ) as string,
  });
  harness.templates({ raw: RAW });
  expect((await pipeline.compute([DAY])).days[0]).toMatchObject({ rows: 1 });
  const settings = { ...harness.settings, sqlDir: temporaryDirectory({ 'raw.sql': RAW }) };
  const warnings = (await checkSource(settings, harness.database)).filter(({ check }) => check === 'limits');
  expect(warnings).toEqual([]);
});

test('a comment at a template’s end hides nothing of what it reads', async () => {
  const said = (sql: string) => readsOf(harness.database, sql).then(({ tables }) => tables);
  for (const comment of ['-- all of them', '# all of them', '/* all */ -- of them', '-- of (all']) {
    expect([comment, await said(`SELECT 1 FROM events ${comment}`)]).toEqual([comment, ['events']]);
  }
  await addYear(harness);
  await addEvents(harness, { day: DAY, count: 3 });
  const good =
    "SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id";
  const forgot = `SELECT toDate('{{ date_start }}') AS date, team_id, 'forgot' AS metric_name, count() AS metric_value FROM events GROUP BY team_id -- TODO: a date range`;
  harness.templates({ good, forgot });
  expect(await failureOf(pipeline.compute([DAY]))).toMatchObject({
    type: 'TemplateError',
    message: expect.stringMatching(/^sql\/forgot\.sql for partition 2026-03-10: it would read/) as string,
  });
});
