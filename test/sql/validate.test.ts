import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { parsePartition } from '../../config/partition.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { CatalogueError } from '../../templates/errors.js';
import { validateCatalogue } from '../../templates/validate.js';
import { catalogueOf, openSqlHarness, removeSqlDirs, type SqlHarness } from './harness.js';
import { GOOD, problemsOf } from './problems.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const problemsIn = (text: string) => problemsOf(catalogueOf({ 'm.sql': text }), sql.describe);

const WANTED = 'date, team_id, metric_name, metric_value';

test('what is shipped is valid', async () => {
  expect(await problemsOf(loadCatalogue({ sqlDir: packageFile('sql') }), sql.describe)).toEqual([]);
});

describe('valid', () => {
  test.each([
    ['columns in any order', "SELECT 1 AS metric_value, 'x' AS metric_name, 1 AS team_id, today() AS date"],
    [
      'other integers, decimals, dates and texts',
      "SELECT toDate32('2025-01-01') AS date, 1::Int16 AS team_id, 'x'::Enum('x') AS metric_name, 1::Decimal(9, 2) AS metric_value",
    ],
    [
      'Nullable and LowCardinality',
      "SELECT toNullable(today()) AS date, toNullable(1) AS team_id, toLowCardinality('x') AS metric_name, avgOrNull(1) AS metric_value",
    ],
    ['several SELECTs', `${GOOD}\nUNION ALL\n${GOOD}`],
    ['a second SELECT without names', `${GOOD}\nUNION ALL\nSELECT today(), 1, 'y', 2.5`],
    [
      'a WITH clause for all SELECTs',
      `WITH e AS (SELECT * FROM {{ llm_events }})\nSELECT date, team_id, 'x' AS metric_name, 1 AS metric_value FROM e\nUNION ALL\nSELECT date, team_id, 'y', 1 FROM e`,
    ],
    ['a WITH clause of the second SELECT', `${GOOD}\nUNION ALL\nWITH 2 AS two\nSELECT today(), 1, 'y', two`],
    ['a comment with a bracket and a quote at the end', `${GOOD} -- it's :-(`],
    ['a semicolon at the end', `${GOOD};\n`],
    [
      'every column of an LLM event',
      'SELECT date, team_id, any(model) AS metric_name, sum(ifNull(cost_usd, 0) + length(tags) + ifNull(cached_input_tokens, 0)) AS metric_value FROM {{ llm_events }} WHERE NOT is_error GROUP BY 1, 2',
    ],
    ['nothing but macros', '{% macro m() %}x{% endmacro %}\n-- only macros'],
    ['a header', `-- metrics: x\n${GOOD}`],
  ])('%s', async (_what, text) => {
    expect(await problemsIn(text)).toEqual([]);
  });
});

describe('columns', () => {
  test.each([
    [
      'missing',
      GOOD.replace(' AS metric_value', ' AS value'),
      ['1 column metric_value is missing', '1 column value is one too many'],
    ],
    ['one too many', GOOD.replace(', count()', ',\n 1 AS more, count()'), ['2 column more is one too many']],
    [
      'no name',
      GOOD.replace(' AS metric_name', ''),
      ['1 column metric_name is missing', "1 column 'x' is one too many"],
    ],
    [
      'a DateTime',
      GOOD.replace('SELECT date', 'SELECT\n  timestamp AS date').replace('BY date', 'BY timestamp'),
      ["2 column date is DateTime64(6, 'UTC'), expected Date; write toDate(…, 'UTC')"],
    ],
    [
      'a String date',
      GOOD.replace('SELECT date', 'SELECT toString(date) AS date'),
      ['1 column date is String, expected Date; write toDate(…)'],
    ],
    [
      'a Float team',
      GOOD.replace('team_id,', 'team_id / 2 AS team_id,'),
      ['1 column team_id is Float64, expected an integer; write toUInt64(…)'],
    ],
    [
      'a number as name',
      GOOD.replace("'x'", '1'),
      ['1 column metric_name is UInt8, expected String; write toString(…)'],
    ],
    [
      'a text as value',
      GOOD.replace('count()', 'any(model)'),
      ['1 column metric_value is String, expected a number; write toFloat64(…)'],
    ],
    [
      'NULL as value',
      GOOD.replace('count()', 'NULL'),
      ['1 column metric_value is Nullable(Nothing), expected a number; it is always NULL'],
    ],
  ])('%s', async (_what, text, expected) => {
    const problems = await problemsIn(text);
    expect(problems).toHaveLength(expected.length);
    for (const [index, problem] of problems.entries()) expect(problem).toContain(`sql/m.sql:${expected[index]}`);
  });

  test('the message says what a template returns', async () => {
    expect((await problemsIn('SELECT today() AS date'))[0]).toBe(
      `sql/m.sql:1 column team_id is missing; a template returns ${WANTED}`,
    );
  });
});

describe('UNION ALL', () => {
  test.each([
    [
      'another order',
      "SELECT today(), 'x' AS metric_name, 1 AS team_id, 2",
      [
        '5 column metric_name stands where the first SELECT has team_id',
        '5 column team_id stands where the first SELECT has metric_name',
      ],
    ],
    ['another type', 'SELECT today(), 1, 2, 3', ['5 column metric_name is UInt8, expected String']],
    ['a column less', "SELECT today(), 1, 'x'", ['5 this SELECT of the UNION ALL has 3 columns, the first has 4']],
    ['an unknown column', "SELECT today(), 1, 'x',\n  nope", ['6 Unknown expression identifier `nope`']],
    ['a syntax error', "SELECT today(), 1, 'x',\n  1 2 3", ['6 Syntax error']],
  ])('a second SELECT with %s', async (_what, second, expected) => {
    const problems = await problemsIn(`${GOOD}\nUNION ALL\n${second}`);
    expect(problems).toHaveLength(expected.length);
    for (const [index, problem] of problems.entries()) expect(problem).toContain(`sql/m.sql:${expected[index]}`);
  });

  test('SELECTs whose teams have no common type are fine when each is an integer, and not otherwise', async () => {
    const signed = GOOD.replace('team_id,', 'toInt64(team_id) AS team_id,');
    expect(await problemsIn(`${signed}\nUNION ALL\n${GOOD}`)).toEqual([]);
    const text = GOOD.replace('team_id,', 'toString(team_id) AS team_id,');
    expect(await problemsIn(`${GOOD}\nUNION ALL\n${text}`)).toEqual([
      'sql/m.sql:5 column team_id is String, expected an integer; write toUInt64(…)',
    ]);
  });

  test('one too many at the end, as from a loop without loop.last', async () => {
    const loop = `{% for e in event_types %}\n${GOOD}\nUNION ALL\n{% endfor %}`;
    expect(await problemsIn(loop)).toEqual([
      'sql/m.sql:5 UNION ALL has no SELECT after it; put it between {% if not loop.last %} and {% endif %}',
    ]);
  });

  test('one too many at the beginning, and two in a row', async () => {
    expect(await problemsIn(`\nUNION ALL\n${GOOD}`)).toEqual(['sql/m.sql:2 UNION ALL has no SELECT before it']);
    expect(await problemsIn(`${GOOD}\nUNION ALL\nUNION  ALL\n${GOOD}`)).toEqual([
      'sql/m.sql:5 UNION ALL has no SELECT before it',
    ]);
  });
});

describe('sources', () => {
  const source = (text: string) => catalogueOf({ 'm.sql': GOOD, 'sources/s.sql': text });

  test('one that lacks columns, or has others, is said once, not by each template', async () => {
    const problems = await problemsOf(source("SELECT today() AS date, 1 AS team_id,\n 'x' AS other"), sql.describe);
    expect(problems[0]).toBe(
      'sql/sources/s.sql:2 column other is not one of an LLM event; see docs/adding-a-metric.md',
    );
    expect(problems[1]).toBe("sql/sources/s.sql:1 column timestamp is missing; expected DateTime64(6, 'UTC')");
    expect(problems).toContain('sql/sources/s.sql:1 column team_id is UInt8, expected UInt64');
    expect(problems.every((problem) => problem.startsWith('sql/sources/s.sql'))).toBe(true);
  });

  test('an unknown table, a syntax error, an undefined variable, nothing at all', async () => {
    expect(await problemsOf(source('SELECT * FROM\nnowhere'), sql.describe)).toEqual([
      expect.stringContaining("sql/sources/s.sql:2 Unknown table expression identifier 'nowhere'"),
    ]);
    expect(await problemsOf(source('SELECT 1 2'), sql.describe)).toEqual([
      expect.stringContaining('sql/sources/s.sql:1 Syntax error'),
    ]);
    expect(await problemsOf(source('\n{{ nope }}'), sql.describe)).toEqual([
      expect.stringContaining('sql/sources/s.sql:2 `nope` is undefined'),
    ]);
    expect(await problemsOf(source('-- nothing'), sql.describe)).toEqual([
      expect.stringContaining('sql/sources/s.sql:- it renders to nothing'),
    ]);
  });
});

describe('what is not about the templates is thrown', () => {
  test.each([
    ['no connection', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['too busy', Object.assign(new Error('Too many simultaneous queries'), { code: '202' })],
    ['no memory', new Error('Code: 241. DB::Exception: Memory limit exceeded')],
    ['anything without a code', new Error('what?')],
  ])('%s', async (_what, error) => {
    await expect(problemsOf(catalogueOf({ 'm.sql': GOOD }), () => Promise.reject(error))).rejects.toBe(error);
  });

  test('event types that can’t stand in SQL', async () => {
    const options = { catalogue: catalogueOf({ 'm.sql': GOOD }), samplePartition: parsePartition('2025-03-10') };
    const run = validateCatalogue({ ...options, eventTypes: ["it's"], describe: sql.describe });
    await expect(run).rejects.toBeInstanceOf(CatalogueError);
  });
});
