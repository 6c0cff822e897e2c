/** What a header promises with `by date` is tried out on made-up events of two days. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from './harness.js';
import { problemsOf } from './problems.js';
import { catalogueOf } from './harness.js';

let sql: SqlHarness;
beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const problems = (select: string, header = '-- metrics, by date: *') =>
  problemsOf(catalogueOf({ 'm.sql': `${header}\n${select}` }), sql.describe);

const GROUPED = `SELECT date, team_id, 'x' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

test.each<[string, string]>([
  ['counts', GROUPED],
  ['an average', GROUPED.replace('count()', 'avg(latency_ms)').replace('GROUP', 'WHERE latency_ms > 0 GROUP')],
  ['a limit of each day', `SELECT * FROM (${GROUPED}) ORDER BY team_id LIMIT 1 BY date`],
  ['nothing', `{# only a comment #}`],
  ['a template that fails on made-up events', GROUPED.replace('count()', 'throwIf(count() > 0)')],
])('%s', async (_, select) => {
  expect(await problems(select === '{# only a comment #}' ? '{% if llm_events == "" %}x{% endif %}' : select)).toEqual(
    [],
  );
});

test.each<[string, string, RegExp]>([
  [
    'a limit',
    `SELECT * FROM (${GROUPED}) ORDER BY date, team_id LIMIT 1`,
    /metric "x" of team \d on 2025-03-11 is nothing when both are computed at once, but \d+ alone;/,
  ],
  [
    'a group of all days',
    GROUPED.replace('SELECT date', 'SELECT max(date) AS date').replace('BY date, ', 'BY '),
    /of made-up events of two days/,
  ],
  [
    'a share of all days',
    `SELECT date, team_id, 'x' AS metric_name, count() / (SELECT count() FROM {{ llm_events }}) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
    /when both are computed at once/,
  ],
  [
    'date_start',
    GROUPED.replace('GROUP', "WHERE timestamp >= '{{ date_start }}' GROUP"),
    /it uses {{ date_start }}, which is one day’s/,
  ],
  [
    'partition and date_end',
    GROUPED.replace("'x'", "'{{ partition }} {{ date_end }}'"),
    /it uses {{ partition }} and {{ date_end }}/,
  ],
  [
    'another table',
    GROUPED.replace('{{ llm_events }}', '(SELECT toDate(0) AS date, 1 AS team_id)'),
    /it has no {{ llm_events }}/,
  ],
])('%s is none', async (_, select, message) => {
  const [problem, ...more] = await problems(select);
  expect(more).toEqual([]);
  expect(problem).toMatch(
    /^sql\/m\.sql:1 "-- metrics, by date:" is for templates that select from {{ llm_events }} alone and group by date, but /,
  );
  expect(problem).toMatch(message);
  expect(problem).toMatch(/; group by date, or write "-- metrics:"$/);
  expect(await problems(select, '-- metrics: *')).toEqual([]);
});
