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

/** A number of events that a filter lets through, by one of all days: wrong wherever any event passes it, and any does not. */
const share = (filter: string) =>
  GROUPED.replace('count()', () => `countIf(${filter}) / (SELECT count() FROM {{ llm_events }})`);
const SHARES: readonly [string, string][] = [
  ['of a model', "model = 'gpt-4'"],
  ['of several models', "model IN ('gpt-4', 'claude-3')"],
  ['of a tool', "tool = 'search'"],
  ['of a provider, in other letters', "lower(provider) = 'openai'"],
  ['of a user', "user_id = 'it\\'s me'"],
  ['of a user, doubled quote', "user_id = 'it''s me'"],
  ['of a trace', "trace_id = $a$it's$a$"],
  ['of a tag', "has(tags, 'prod')"],
  ['of no model', "model = ''"],
  ['of a pattern', "model LIKE 'gpt-4%'"],
  ['of a pattern with a dash below', "model ILIKE '%GPT_4%mini'"],
  ['of a pattern that escapes', String.raw`error_message LIKE '%100\\% of\_it%'`],
  ['of an expression', String.raw`match(model, '^(?:gpt|o\\d+)-[45].*$')`],
  ['of alternatives', String.raw`match(model, '(?i)^claude|^gemini\\.pro')`],
  ['of a search', "position(error_message, 'timed out') > 0"],
  ['of slow ones', 'latency_ms > 5000'],
  ['of slow ones in seconds', 'latency_ms / 1000 > 5.5'],
  ['of large ones', 'input_tokens >= 1_000'],
  ['of an exact number', 'output_tokens = 4096'],
  ['of a price', 'cost_usd > 1.5e3'],
  ['of a team', 'team_id = 4711'],
  ['of several columns', "model = 'gpt-4' AND provider = 'openai' AND NOT is_error AND latency_ms > 5000"],
  ['of several texts', "model = 'gpt-4' AND provider = 'openai' AND operation = 'chat'"],
];
const THRESHOLDS: readonly [string, string][] = [
  ['of events', 'count() > 100'],
  ['of few events', 'count() >= 5'],
  ['of many events', 'count() >= 700'],
  ['of users', 'uniqExact(user_id) > 50'],
];
const MADE_BY = (clause: string, ofEachDay: string) =>
  new RegExp(`but ${clause} is of all days together; make it ${ofEachDay}, or`);

test.each<[string, string]>([
  ['counts', GROUPED],
  ['an average', GROUPED.replace('count()', 'avg(latency_ms)').replace('GROUP', 'WHERE latency_ms > 0 GROUP')],
  ['a limit of each day', `SELECT * FROM (${GROUPED}) ORDER BY team_id LIMIT 1 BY date`],
  ['a limit of each day and team', `${GROUPED} ORDER BY team_id LIMIT 1000 OFFSET 0 BY team_id, date`],
  [
    'the word LIMIT in a comment, a text and a name',
    `SELECT date, team_id, 'LIMIT 10' AS metric_name, sum(limit) AS metric_value FROM (SELECT date, team_id, count() AS limit FROM {{ llm_events }} GROUP BY ALL) WHERE limit > 1 GROUP BY date, team_id -- LIMIT 10\n/* OFFSET 5 */`,
  ],
  ['a share of values', GROUPED.replace('count()', "countIf(model = 'gpt-4') / count()")],
  ['a threshold of each day', `${GROUPED} HAVING count() > 100`],
  [
    'a window of each day',
    GROUPED.replace('count()', 'sum(x)').replace(
      '{{ llm_events }}',
      "(SELECT *, row_number() OVER (PARTITION BY date, team_id ORDER BY event_id) = 1 AS x FROM {{ llm_events }} WHERE model ILIKE '%gpt%')",
    ),
  ],
  [
    'texts with quotes and wildcards',
    GROUPED.replace('GROUP', String.raw`WHERE model NOT IN ('it''s', 'a\'b%', '\\', '(%', '\\(') GROUP`),
  ],
  ['nothing', `{# only a comment #}`],
  ['a template that fails on made-up events', GROUPED.replace('count()', 'throwIf(count() > 0)')],
])('%s', async (_, select) => {
  expect(await problems(select === '{# only a comment #}' ? '{% if llm_events == "" %}x{% endif %}' : select)).toEqual(
    [],
  );
});

test.each<[string, string, RegExp]>([
  [
    'the first day',
    GROUPED.replace('GROUP', 'WHERE date = (SELECT min(date) FROM {{ llm_events }}) GROUP'),
    /metric "x" of team \d+ on 2025-03-11 is nothing when both are computed at once, but \d+ alone; group by the events’ column date \(the day in UTC\), let the same events always give the same rows, or write "-- metrics:"$/,
  ],
  ['a limit', `SELECT * FROM (${GROUPED}) ORDER BY date, team_id LIMIT 1`, MADE_BY('LIMIT 1', 'LIMIT 1 BY date')],
  [
    'a limit that made-up events do not reach',
    `${GROUPED} ORDER BY team_id LIMIT 100000`,
    MADE_BY('LIMIT 100000', 'LIMIT 100000 BY date'),
  ],
  [
    'a limit in a subquery',
    GROUPED.replace('{{ llm_events }}', '(SELECT * FROM {{ llm_events }} LIMIT 100000 OFFSET 0)'),
    MADE_BY('LIMIT 100000 OFFSET 0', 'LIMIT 100000 OFFSET 0 BY date'),
  ],
  [
    'a window over all rows',
    GROUPED.replace('count()', 'countIf(number < 100000)').replace(
      '{{ llm_events }}',
      '(SELECT date, team_id, row_number() OVER (PARTITION BY team_id ORDER BY event_id) AS number FROM {{ llm_events }})',
    ),
    MADE_BY('a window with PARTITION BY team_id', 'PARTITION BY date, team_id'),
  ],
  ...SHARES.map(([name, filter]): [string, string, RegExp] => [
    `a share of all days ${name}`,
    share(filter),
    /when both are computed at once/,
  ]),
  ...THRESHOLDS.map(([name, having]): [string, string, RegExp] => [
    `a threshold of all days ${name}`,
    GROUPED.replace(
      'GROUP',
      `WHERE team_id IN (SELECT team_id FROM {{ llm_events }} GROUP BY team_id HAVING ${having}) GROUP`,
    ),
    /when both are computed at once/,
  ]),
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
  expect(problem).toMatch(/; (?:group by date|group by the events’ column .*|make it .*), or write "-- metrics:"$/);
  expect(await problems(select, '-- metrics: *')).toEqual([]);
});
