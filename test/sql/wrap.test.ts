import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unionOf, wrapTemplate } from '../../templates/wrap.js';
import { catalogueOf, openSqlHarness, removeSqlDirs, shortly, type SqlHarness } from './harness.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const FOUR = "toDate('2025-03-10') AS date, 1 AS team_id, 'a' AS metric_name, 2 AS metric_value";
const rowsOf = (...statements: string[]) =>
  sql.select(unionOf(statements.map((statement, index) => wrapTemplate({ name: `t${index}`, sql: statement }))));
const row = { date: '2025-03-10', team_id: 1, metric_name: 'a', metric_value: 2, template: 't0' };

test('the result has our columns and types, whatever the template’s are', async () => {
  const given = `SELECT toDate32('2025-03-10') AS date, 1::Int8 AS team_id, toLowCardinality('a') AS metric_name, 2::Decimal(9, 2) AS metric_value`;
  expect(await rowsOf(given)).toEqual([row]);
  const columns = await sql.describe(`DESCRIBE (${wrapTemplate({ name: 'a', sql: given })})`);
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'date Date',
    'team_id UInt64',
    'metric_name String',
    'metric_value Float64',
    'template String',
  ]);
});

describe('columns go by name', () => {
  test.each([
    ['any order', "SELECT 2 AS metric_value, 'a' AS metric_name, 1 AS team_id, toDate('2025-03-10') AS date"],
    ['further columns', `SELECT 'x' AS template, 9 AS extra, ${FOUR}`],
    [
      'names that are aliases of each other',
      "SELECT 1 AS team_id, team_id + 1 AS metric_value, toDate('2025-03-10') AS date, 'a' AS metric_name",
    ],
    [
      'a WITH clause',
      `WITH 2 AS two, x AS (SELECT 1 AS t) SELECT toDate('2025-03-10') AS date, t AS team_id, 'a' AS metric_name, two AS metric_value FROM x`,
    ],
    ['a comment at the end', `SELECT ${FOUR} -- the end`],
    [
      'GROUP BY, HAVING, ORDER BY, LIMIT',
      `SELECT ${FOUR} GROUP BY team_id HAVING metric_value > 0 ORDER BY metric_value LIMIT 1`,
    ],
    ['SETTINGS', `SELECT ${FOUR} SETTINGS max_threads = 1`],
    ['brackets', `(SELECT ${FOUR})`],
    [
      'Nullable without NULL',
      `SELECT toNullable(toDate('2025-03-10')) AS date, toNullable(1) AS team_id, toNullable('a') AS metric_name, toNullable(2) AS metric_value`,
    ],
    [
      'a DateTime, as the day it is in UTC',
      "SELECT toDateTime('2025-03-10 23:59:59', 'UTC') AS date, 1 AS team_id, 'a' AS metric_name, 2 AS metric_value",
    ],
  ])('%s', async (_what, statement) => {
    expect(await rowsOf(statement)).toEqual([row]);
  });

  test('UNION ALL inside', async () => {
    expect(await rowsOf(`SELECT ${FOUR} UNION ALL SELECT ${FOUR}`)).toEqual([row, row]);
  });
});

test('templates with signed and unsigned teams, integers and floats go together', async () => {
  const other = "SELECT toDate('2025-03-10') AS date, 1::UInt64 AS team_id, 'b' AS metric_name, 0.5 AS metric_value";
  const rows = await rowsOf(`SELECT ${FOUR.replace('1 AS', '1::Int64 AS')}`, other);
  expect(rows).toEqual(expect.arrayContaining([row, { ...row, metric_name: 'b', metric_value: 0.5, template: 't1' }]));
});

test('a large team and a large value arrive', async () => {
  const big =
    "SELECT toDate('2025-03-10') AS date, 18446744073709551615 AS team_id, 'a' AS metric_name, 9007199254740993 AS metric_value";
  const [found] = await sql.select(
    `SELECT toString(team_id) AS t, metric_value AS v FROM (${wrapTemplate({ name: 'x', sql: big })})`,
  );
  expect(found).toEqual({ t: '18446744073709551615', v: 9007199254740992 });
});

describe('what can’t be fails with the template’s name', () => {
  test.each([
    [
      'a negative team',
      FOUR.replace('1 AS', '-1 AS'),
      'template t0: team_id must be a whole number that is neither NULL nor negative',
    ],
    [
      'a NULL team',
      FOUR.replace('1 AS', 'NULL AS'),
      'template t0: team_id must be a whole number that is neither NULL nor negative',
    ],
    [
      'a team beyond 64 bits',
      FOUR.replace('1 AS', "toInt256('99999999999999999999') AS"),
      'template t0: team_id must be',
    ],
    [
      'a NULL value',
      FOUR.replace('2 AS', 'toNullable(NULL) AS'),
      'template t0: metric_value must be a number that is not NULL',
    ],
    [
      'a NULL date',
      FOUR.replace("toDate('2025-03-10')", 'CAST(NULL AS Nullable(Date))'),
      'template t0: date must be a date',
    ],
    ['a NULL name', FOUR.replace("'a'", 'CAST(NULL AS Nullable(String))'), 'template t0: metric_name must be a name'],
  ])('%s', async (_what, columns, message) => {
    await expect(rowsOf(`SELECT ${columns}`)).rejects.toThrow(message);
  });

  test('also in one row of many, and in an INSERT', async () => {
    const bad =
      "SELECT toDate('2025-03-10') AS date, if(number = 70000, -1, 1) AS team_id, 'a' AS metric_name, 1 AS metric_value FROM numbers(100000)";
    await expect(sql.compute(catalogueOf({ 'bad.sql': bad }))).rejects.toThrow('template bad: team_id must be');
  });

  test('but a row that the template itself leaves out is not checked', async () => {
    const good = `SELECT toDate('2025-03-10') AS date, number - 1 AS team_id, 'a' AS metric_name, number AS metric_value FROM numbers(3) WHERE team_id > 0`;
    expect(shortly(await sql.compute(catalogueOf({ 'good.sql': good })))).toEqual(['1 a = 2']);
    const having = good.replace('WHERE', 'GROUP BY number HAVING');
    expect(shortly(await sql.compute(catalogueOf({ 'good.sql': having })))).toEqual(['1 a = 2']);
  });
});
