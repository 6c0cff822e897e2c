import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from '../sql/harness.js';
import { GOOD } from '../sql/problems.js';
import { one, refused, type Files } from './refused.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const forms = 'is not known: expected "-- metrics:", or "-- metrics, by date:"';

test.each([
  ['-- metrics by date: x', `:1: "-- metrics by date:" ${forms}`],
  ['-- what it is\n-- metric: x', `:2: "-- metric:" ${forms}`],
  ['\n-- Metrics,by-date: x', `:2: "-- metrics, by-date:" ${forms}`],
])('a header that reads %j is not taken for prose', async (header, expected) => {
  expect(await refused(sql, one(`${header}\n${GOOD}`))).toEqual([`sql/m.sql${expected}`]);
});

test.each([
  ['empty', ''],
  ['white', ' \n\n'],
  ['SQL comment', '-- nothing\n/* at\nall */'],
  ['a comment in a comment', '/* nothing /* at */ all */'],
  ['a header alone', '-- metrics, by date: x\n'],
  ['Jinja2 comment', "{# it's nothing\n -#}\n"],
  ['a comment with a variable', '-- {{ partition }}'],
])('a template without a SELECT is one too few: %s', async (_what, text) => {
  expect(await refused(sql, one(text))).toEqual(['sql/m.sql: it has no SELECT: write one, or remove the file']);
});

test.each<[string, Files, string]>([
  ['states', { 'm.sql': GOOD, 'states/m.sql': '' }, 'sql/states/m.sql'],
  [
    'states with a comment',
    { 'm.sql': GOOD, 'states/m.sql': '-- of {{ llm_events }}\n{# to do #}' },
    'sql/states/m.sql',
  ],
  [
    'an audit with no more than its first line',
    { 'm.sql': GOOD, 'audits/a.sql': '-- blocking: It holds.\n;' },
    'sql/audits/a.sql',
  ],
])('so is a file without one of %s', async (_what, files, file) => {
  expect(await refused(sql, files)).toEqual([`${file}: it has no SELECT: write one, or remove the file`]);
});

test.each([
  ['nothing', ''],
  ['a Jinja2 comment', '{# off #}'],
  ['a condition that does not hold', '{% if false %}SELECT 1{% endif %}'],
  ['a comment that is no first line', '-- off'],
])('who means to switch a shipped audit off with %s is told how', async (_what, text) => {
  expect(await refused(sql, { 'm.sql': GOOD, 'audits/thin_day.sql': text })).toEqual([
    'sql/audits/thin_day.sql:1: expected a first line like "-- blocking: Rates are from 0 to 100." or "-- warning: …", which says what should hold; to switch the shipped audit off, leave a first line "-- warning: …" alone',
  ]);
});

test.each<[string, Files]>([
  ['an audit that switches a shipped one off', { 'm.sql': GOOD, 'audits/thin_day.sql': '-- warning: Well.' }],
  [
    'one whose SELECT renders to nothing',
    { 'm.sql': GOOD, 'audits/thin_day.sql': '-- warning: off\n{% if false %}SELECT 1{% endif %}' },
  ],
  [
    'states of a condition that does not hold',
    { 'm.sql': GOOD, 'states/m.sql': '{% if 0 %}{{ llm_events }}{% endif %}' },
  ],
  ['a loop over nothing', one(`{% for e in [] %}${GOOD}{% endfor %}`)],
  ['a condition that does not hold', one(`-- {% if partition < '2000' %}\n${GOOD}\n-- {% endif %}`)],
  ['macros alone', one('-- those of others\n{% macro m() %}x{% endmacro %}')],
  ['a macro with a quote', one("{% macro m() %}it's{% endmacro %}")],
  ['an included file that is empty', { 'm.sql': "{% include 'p/x.sql' %}", 'p/x.sql': '' }],
  ['a comment that includes the SELECT', { 'm.sql': "-- {% include 'p/x.sql' %}", 'p/x.sql': `the whole\n${GOOD}` }],
  [
    'a header, and prose about metrics',
    one(`-- metrics: x\n-- metrics of each team\n-- The metrics: see docs\n${GOOD}`),
  ],
])('nothing is wrong with %s', async (_what, files) => {
  expect(await refused(sql, files)).toEqual([]);
});
