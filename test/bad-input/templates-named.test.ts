import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from '../sql/harness.js';
import { GOOD } from '../sql/problems.js';
import { refused } from './refused.js';

/** What the server says without a position: the line is that of what it names. */
let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

/** Its value is in line 6, its condition in line 8; a comment and a text have names in them too. */
const select = (value: string, where = 'true') => `-- count() of tokens, sum(model) and round() = all + of it
SELECT
    date,
    team_id,
    'sum(tokens) + round() = count()' AS metric_name,
    ${value} AS metric_value
FROM {{ llm_events }}
WHERE ${where}
GROUP BY date, team_id`;

const joined = (on: string) => `WITH
    a AS (SELECT * FROM {{ llm_events }}),
    b AS (SELECT * FROM {{ llm_events }}),
    c AS (SELECT * FROM {{ llm_events }})
SELECT a.date AS date, a.team_id AS team_id, 'x' AS metric_name, count() AS metric_value
FROM a
JOIN b USING (span_id)
JOIN c ON ${on}
GROUP BY date, team_id`;

test.each([
  ['a column', select('sum(tokens)'), 'sql/m.sql:6: Unknown expression or function identifier `tokens`'],
  [
    'a column of the condition',
    select('count()', 'tokens > 1'),
    'sql/m.sql:8: Unknown expression or function identifier `tokens`',
  ],
  ['a function', select('rond(1)'), 'sql/m.sql:6: Function with name `rond` does not exist'],
  ['a table', GOOD.replace('{{ llm_events }}', '\nevnts'), "sql/m.sql:3: Unknown table expression identifier 'evnts'"],
  ['a table function', GOOD.replace('{{ llm_events }}', '\nnumberz(3)'), 'sql/m.sql:3: Unknown table function numberz'],
  [
    'a column that is in no group',
    select('count() + length(model)'),
    "sql/m.sql:6: Column 'model' is not under aggregate function and not in GROUP BY keys",
  ],
  [
    'an ambiguous column',
    joined('trace_id = c.trace_id'),
    "sql/m.sql:8: JOIN  INNER JOIN ... USING (span_id) ambiguous identifier 'trace_id'",
  ],
  ['a type', select('sum(model)'), 'sql/m.sql:6: Illegal type String of argument for aggregate function sum'],
  [
    'an operator',
    select("count() + 'a'"),
    'sql/m.sql:6: Illegal types UInt64 and String of arguments of function plus',
  ],
  [
    'a comparison',
    select('count()', 'date = {{ partition }}'),
    'sql/m.sql:8: Illegal types of arguments (`Date`, `Int64`) of function `equals`',
  ],
  [
    'an aggregate in the condition',
    select('count()', 'count() > 1'),
    'sql/m.sql:8: Aggregate function count() is found in WHERE in query',
  ],
  [
    'an aggregate in an aggregate',
    select('sum(max(cost_usd))'),
    'sql/m.sql:6: Aggregate function max(cost_usd) is found inside another aggregate function in query',
  ],
  ['a cast', select('count()::Flot64'), 'sql/m.sql:6: Unknown data type family: Flot64'],
  ['a cast, as a text', select("CAST(count(), 'Flot64')"), 'sql/m.sql:6: Unknown data type family: Flot64'],
  ['a value', select('count()', "team_id = toUInt8('abc')"), "sql/m.sql:8: Cannot parse string 'abc' as UInt8"],
  ['a date', select('count()', "date = '2025-1'"), 'sql/m.sql:8: Cannot parse date'],
  [
    'a time zone',
    select('count()', "toDate(timestamp, 'Europe/Nowhere') = date"),
    'sql/m.sql:8: Cannot load time zone',
  ],
  [
    'a pattern',
    select("countIf(match(model, '(a'))"),
    'sql/m.sql:6: OptimizedRegularExpression: cannot compile re2: (a',
  ],
  ['too few arguments', select('round()'), 'sql/m.sql:6: An incorrect number of arguments was specified for function'],
  ['a parameter', select('{day:UInt64}'), 'sql/m.sql:6: Substitution `day` is not set'],
  ['a window', select('row_number() OVER w'), "sql/m.sql:6: Window 'w' does not exist"],
  ['a setting', `${GOOD}\nSETTINGS max_threads = 'many'`, "sql/m.sql:4: Cannot parse input: expected 'eof' before"],
  [
    'what is no array',
    GOOD.replace('GROUP', 'ARRAY JOIN model\nGROUP'),
    'sql/m.sql:3: ARRAY JOIN model requires expression model with Array or Map type. Actual: LowCardinality(String)',
  ],
])('%s', async (_what, text, said) => {
  const found = await refused(sql, { 'm.sql': text });
  expect(found.map((line) => line.slice(0, said.length))).toEqual([said]);
});

test.each([
  [
    'a function of two lines, either of which may be it',
    select('sum(cost_usd) +\n sum(model)'),
    'sql/m.sql: Illegal type String of argument for aggregate function sum',
  ],
  [
    'a relation that is all that a variable stands for',
    GOOD.replace('{{ llm_events }}', '{{ llm_events }} FINAL'),
    'sql/m.sql: Table expression modifiers FINAL are not supported for a subquery',
  ],
])('no line is better than another one: %s', async (_what, text, said) => {
  expect(await refused(sql, { 'm.sql': text })).toEqual([said]);
});
