import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { remedyFor } from '../../scripts/doctor/template-remedy.js';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from '../sql/harness.js';
import { GOOD } from '../sql/problems.js';
import { one, refused } from './refused.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const from = (table: string) => GOOD.replace('{{ llm_events }}', table);

test.each([
  ['an unknown function', GOOD.replace('count()', 'foo()')],
  ['a database that the template names', from('nowhere.events')],
  ['an unknown column', GOOD.replace('count()', 'sum(tokens)')],
  ['llm_events without braces', from('llm_events')],
])('the source’s database is not to blame for %s', async (_what, text) => {
  const [problem = '', ...others] = await refused(sql, one(text));
  expect(problem).toMatch(/^sql\/m\.sql:\d: (?:Function|Database|Unknown)/);
  expect(others).toEqual([]);
  expect(remedyFor(problem)).toBeUndefined();
});

test.each([
  ['a template', { 'm.sql': from('raw_events') }],
  ['a source', { 'm.sql': GOOD, 'sources/s.sql': 'SELECT * FROM raw_events' }],
])('it may be when the table of %s is not there', async (_what, files) => {
  const [problem = ''] = await refused(sql, files);
  expect(problem).toContain("Unknown table expression identifier 'raw_events'");
  expect(remedyFor(problem)).toMatch(/^set CLICKHOUSE_SOURCE_DATABASE .* "llma migrate --with-sources" creates/);
});

test.each([
  'sql/sources/s.sql:1: Table raw.events does not exist',
  "sql/m.sql:2: Unknown table expression identifier 'evnts'. Maybe you meant llma.events?",
])('or when the server says %j', (problem) => {
  expect(remedyFor(problem)).toMatch(/^set CLICKHOUSE_SOURCE_DATABASE /);
});

test('rights are granted, whatever else the message says', () => {
  expect(remedyFor('sql/m.sql: u: Not enough privileges. To execute this query, …')).toMatch(/^grant SELECT on/);
});

test.each([
  ['a template', { 'm.sql': from('llm_events') }, 'sql/m.sql:2', 'llm_events'],
  ['its states', { 'm.sql': GOOD, 'states/m.sql': from('llm_events') }, 'sql/states/m.sql:2', 'llm_events'],
  [
    'an audit',
    { 'm.sql': GOOD, 'audits/a.sql': "-- blocking: It holds.\nSELECT '' AS message\nFROM candidates" },
    'sql/audits/a.sql:3',
    'candidates',
  ],
])('a variable of %s without its braces is told what it lacks', async (_what, files, place, name) => {
  expect(await refused(sql, files)).toEqual([
    `${place}: Unknown table expression identifier '${name}'; write {{ ${name} }}`,
  ]);
});

test.each([
  ['rand()', GOOD.replace('count()', 'sum(rand())')],
  ['the days of another time zone', GOOD.replace('date', "toDate(timestamp, 'America/New_York') AS date")],
  ['today', GOOD.replace('date', 'toDate(now()) AS date')],
])('by date is not kept with %s: what it takes is said', async (_what, text) => {
  expect(await refused(sql, one(`-- metrics, by date: *\n${text}`))).toEqual([
    expect.stringMatching(
      /^sql\/m\.sql:1: .* alone; group by the events’ column date \(the day in UTC\), let the same events always give the same rows, or write "-- metrics:"$/,
    ),
  ]);
});
