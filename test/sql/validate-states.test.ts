/** States are held against what they must be before anything is computed, and errors name their file and line. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { CatalogueError } from '../../templates/errors.js';
import { catalogueOf, openSqlHarness, removeSqlDirs, type SqlHarness } from './harness.js';
import { GOOD, problemsOf } from './problems.js';

let sql: SqlHarness;
beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const problems = (states: string) => problemsOf(catalogueOf({ 'm.sql': GOOD, 'states/m.sql': states }), sql.describe);

const UNIQUES = `SELECT date, team_id, 'x' AS metric_name, uniqCombined64State(13)(user_id) AS uniques
FROM {{ llm_events }} GROUP BY date, team_id`;
const QUANTILES = `SELECT date, team_id, 'x' AS metric_name, quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(assumeNotNull(latency_ms)) AS quantiles
FROM {{ llm_events }} WHERE latency_ms > 0 GROUP BY date, team_id`;
const CALLS = `SELECT date, team_id, 'x' AS metric_name, sumMap(map(agent_id, n)) AS calls
FROM (SELECT date, team_id, agent_id, count() AS n FROM {{ llm_events }} GROUP BY ALL) GROUP BY date, team_id`;
const LIST = 'date, team_id, metric_name, any of quantiles, uniques, calls, errors, and total if they have one';

test('the shipped ones are valid, and belong to shipped templates', async () => {
  const catalogue = loadCatalogue({ sqlDir: packageFile('sql') });
  expect(catalogue.templates.filter(({ states }) => states).map(({ name }) => name)).toEqual([
    'distinct_ids',
    'latency',
    'models_and_tools',
  ]);
  expect(await problemsOf(catalogue, sql.describe)).toEqual([]);
});

test('so are the examples of the documentation, beside their templates', async () => {
  const text = readFileSync(packageFile('docs', 'adding-a-metric.md'), 'utf8');
  const pairs = [...text.matchAll(/```sql\n([^`]*)```[^`]*`sql\/states\/(\w+)\.sql`[^`]*```sql states\n([^`]*)```/g)];
  expect(pairs.map(([, , name]) => name)).toEqual(['wasted_latency', 'providers']);
  for (const [, template = '', name, states = ''] of pairs) {
    const catalogue = catalogueOf({ [`${name}.sql`]: template, [`states/${name}.sql`]: states });
    expect(catalogue.templates[0]!.states).toBeDefined();
    expect(await problemsOf(catalogue, sql.describe)).toEqual([]);
  }
});

describe('valid', () => {
  test.each([
    ['uniques', UNIQUES],
    ['uniques of a total', UNIQUES.replace('AS metric_name', "AS metric_name, 'all' AS total")],
    ['quantiles', QUANTILES],
    [
      'both',
      UNIQUES.replace(
        'uniqCombined',
        'quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(1::Float64) AS quantiles, uniqCombined',
      ),
    ],
    ['calls', CALLS],
    ['calls and errors', CALLS.replace('AS calls', 'AS calls, mapFilter((k, v) -> v > 5, calls) AS errors')],
    ['a comment and a semicolon at the end', `${UNIQUES}; -- it's :-(`],
    [
      'merged states',
      UNIQUES.replace('State(13)(user_id)', 'MergeState(13)(s)').replace(
        '{{ llm_events }}',
        '(SELECT date, team_id, uniqCombined64State(13)(user_id) AS s FROM {{ llm_events }} GROUP BY ALL)',
      ),
    ],
  ])('%s', async (_, states) => {
    expect(await problems(states)).toEqual([]);
  });
});

describe('wrong', () => {
  test.each<[string, string, string[]]>([
    [
      'no state',
      GOOD.replace('count() AS metric_value', '1 AS metric_value'),
      [`1 there is no state; states are ${LIST}`, `1 column metric_value is one too many; states are ${LIST}`],
    ],
    ['no name', UNIQUES.replace("'x' AS metric_name,", ''), [`1 column metric_name is missing; states are ${LIST}`]],
    [
      'another sketch',
      UNIQUES.replace('uniqCombined64State(13)', 'uniqState'),
      [
        '1 column uniques is AggregateFunction(uniq, String), expected AggregateFunction(uniqCombined64(13), String); write uniqCombined64State(13)(id), of ids that are String and not Nullable',
      ],
    ],
    [
      'other levels',
      QUANTILES.replace('0.9, ', ''),
      [
        '1 column quantiles is AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float64), expected AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64); write quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(value), of values that are Float64 and not Nullable',
      ],
    ],
    [
      'Nullable values',
      QUANTILES.replace('assumeNotNull(latency_ms)', 'latency_ms'),
      [
        '1 column quantiles is AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Nullable(Float64)), expected AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64); write quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(value), of values that are Float64 and not Nullable',
      ],
    ],
    [
      'a number',
      UNIQUES.replace('State(13)(user_id)', '(13)(user_id)'),
      [
        '1 column uniques is UInt64, expected AggregateFunction(uniqCombined64(13), String); write uniqCombined64State(13)(id), of ids that are String and not Nullable',
      ],
    ],
    [
      'calls by number',
      CALLS.replace('map(agent_id, n)', 'map(toUInt8(length(agent_id)), n)'),
      [
        '1 column calls is Map(UInt8, UInt64), expected Map(String, UInt64); write sumMap(map(name, count)), of names that are String and counts that are UInt64',
      ],
    ],
    [
      'calls of all days',
      CALLS.replace('SELECT date', 'SELECT max(date) AS date').replace(/BY date, team_id$/, 'BY team_id'),
      [
        '1 states select from {{ llm_events }} alone and group by date, but of made-up events of two days metric "x" of team 1 on',
      ],
    ],
    [
      'calls of the first day that has a model',
      UNIQUES.replace('GROUP', "WHERE model = 'gpt-4' AND date = (SELECT min(date) FROM {{ llm_events }}) GROUP"),
      [
        '1 states select from {{ llm_events }} alone and group by date, but of made-up events of two days metric "x" of team ',
      ],
    ],
    [
      'a limit',
      CALLS.replace('GROUP BY ALL', 'GROUP BY ALL LIMIT 100000 BY agent_id'),
      [
        '1 states select from {{ llm_events }} alone and group by date, but LIMIT 100000 BY agent_id is of all days together; make it LIMIT 100000 BY date, agent_id',
      ],
    ],
    [
      'a total that is no name',
      UNIQUES.replace('AS metric_name', 'AS metric_name, 1 AS total'),
      ['1 column total is UInt8, expected String'],
    ],
    [
      'a date that is none',
      UNIQUES.replace('SELECT date', 'SELECT toString(date) AS date'),
      ['1 column date is String, expected Date; write toDate(…)'],
    ],
    [
      'a column that does not exist',
      UNIQUES.replace('user_id', '\n  usr_id'),
      ['2 Unknown expression or function identifier `usr_id`'],
    ],
    ['an undefined variable', UNIQUES.replace('llm_events', 'llm_event'), ['2 `llm_event` is undefined']],
    [
      'the day',
      UNIQUES.replace('GROUP', "WHERE date = '{{ partition }}' GROUP"),
      [
        '1 states select from {{ llm_events }} alone and group by date, but they use {{ partition }}, which is one day’s',
      ],
    ],
    [
      'another table',
      UNIQUES.replace('{{ llm_events }}', "(SELECT today() AS date, 1 AS team_id, 'u' AS user_id)"),
      ['1 states select from {{ llm_events }} alone and group by date, but there is no {{ llm_events }}'],
    ],
    [
      'a group of all days',
      UNIQUES.replace('SELECT date', 'SELECT max(date) AS date').replace('BY date, ', 'BY '),
      [
        '1 states select from {{ llm_events }} alone and group by date, but of made-up events of two days metric "x" of team 1 on',
      ],
    ],
  ])('%s', async (_, states, expected) => {
    const found = await problems(states);
    expect(found).toHaveLength(expected.length);
    for (const [index, problem] of found.entries()) {
      expect(problem.startsWith(`sql/states/m.sql:${expected[index]}`), problem).toBe(true);
    }
  });

  test('a file without a template', () => {
    const load = () => catalogueOf({ 'm.sql': GOOD, 'states/n.sql': UNIQUES });
    expect(load).toThrow(CatalogueError);
    expect(load).toThrow(
      'sql/states/n.sql: there is no metric template sql/n.sql that these states belong to; rename the file',
    );
  });
});

test('states are part of their template’s hash, and of nobody else’s', () => {
  const hashes = (files: Readonly<Record<string, string>>) =>
    catalogueOf({ 'm.sql': GOOD, 'n.sql': GOOD.replace("'x'", "'y'"), ...files }).templates.map(({ hash }) => hash);
  const [m, n] = hashes({});
  const with1 = hashes({ 'states/m.sql': UNIQUES });
  const with2 = hashes({ 'states/m.sql': QUANTILES });
  expect(new Set([m, with1[0], with2[0]]).size).toBe(3);
  expect([with1[1], with2[1]]).toEqual([n, n]);
});
