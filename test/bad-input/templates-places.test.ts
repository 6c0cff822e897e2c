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

/** All in one line, which so has an expression: rendered, it reads otherwise than in the file. */
const LINE = GOOD.replaceAll('\n', ' ');

/** `m.sql` with a column name whose quote is never closed in line 5. */
const quote = (from: string, more = ''): Files =>
  one(`-- metrics: *_count
SELECT
    date,
    team_id,
    'm_count AS metric_name,
    count() AS metric_value -- how many, it's all${more}
FROM ${from}
WHERE event = '{{ event_types[0] }}' AND model != 'it''s'
GROUP BY date, team_id`);

test.each<[string, Files, string]>([
  ['a quote before llm_events', quote('{{ llm_events }}'), `sql/m.sql:5: a ' has no closing '`],
  ['a quote before a table', quote('events'), `sql/m.sql:5: a ' has no closing '`],
  ['a quote, and a text of two lines', quote('events', `\n, 'a\nb'`), `sql/m.sql:5: a ' has no closing '`],
  ['a quote around llm_events', one(`\n${LINE.replace('FROM', "FROM '")}`), `sql/m.sql:2: a ' has no closing '`],
  ['a bracket in line 1', one(`${LINE.replace('count()', 'count(')}\n\n`), 'sql/m.sql:1: a ( is never closed'],
  ['a bracket too many', one(`${LINE})`), 'sql/m.sql:1: a ) closes nothing'],
  ['two statements', one(`${LINE}; SELECT 1`), 'sql/m.sql:1: a template is one SELECT; `;` begins another statement'],
  [
    'two in two lines',
    one(`${LINE};\nSELECT 1`),
    'sql/m.sql:1: a template is one SELECT; `;` begins another statement',
  ],
  ['INSERT', one(`INSERT INTO x ${LINE}`), 'sql/m.sql:1: a template is one SELECT; this begins with INSERT'],
  [
    'UNION ALL of a loop',
    one(`{% for e in event_types %} ${LINE} UNION ALL {% endfor %}`),
    'sql/m.sql:1: UNION ALL has no SELECT after it; put it between {% if not loop.last %} and {% endif %}',
  ],
  [
    'one of two lines that read alike',
    one(`${GOOD}\nUNION ALL\n${GOOD}\nUNION ALL\n`),
    'sql/m.sql:8: UNION ALL has no SELECT after it; put it between {% if not loop.last %} and {% endif %}',
  ],
  ['a comment', one(`${LINE} /* {{ partition }}`), 'sql/m.sql:1: a comment /* has no end */'],
  [
    'a bracket of an included file',
    { 'm.sql': "\n{% include 'p/x.sql' %}", 'p/x.sql': `\n\n${LINE})` },
    'sql/p/x.sql:3: a ) closes nothing',
  ],
  [
    'a bracket after a list that the template changes',
    one(`{% for e in range(4) %}{% set _ = event_types.pop() %}{% endfor %}\n${LINE})`),
    'sql/m.sql:2: a ) closes nothing',
  ],
  [
    'SELECT',
    one(GOOD.replace('SELECT', '\nSELEC')),
    'sql/m.sql:2: a template begins with SELECT or WITH; this begins with SELEC',
  ],
  [
    'WITH',
    one(`-- x\nWIHT 1 AS a ${LINE}`),
    'sql/m.sql:2: a template begins with SELECT or WITH; this begins with WIHT',
  ],
  ['a bracket of states', { 'm.sql': GOOD, 'states/m.sql': `\n${LINE})` }, 'sql/states/m.sql:2: a ) closes nothing'],
  [
    'a bracket of a source',
    { 'm.sql': GOOD, 'sources/s.sql': `SELECT ({{ columns | length }}` },
    'sql/sources/s.sql:1: a ( is never closed',
  ],
  [
    'a bracket of an audit',
    { 'm.sql': GOOD, 'audits/a.sql': `-- warning: Well.\nSELECT '' AS message FROM {{ day }})` },
    'sql/audits/a.sql:2: a ) closes nothing',
  ],
])('%s: the line where it is', async (_what, files, expected) => {
  expect(await refused(sql, files)).toEqual([expected]);
});

test.each([
  [
    'FROM before SELECT',
    "FROM {{ llm_events }}\nSELECT date, team_id, 'x' AS metric_name, count() AS metric_value GROUP BY 1, 2",
  ],
  ['with', `with 1 AS a\n${GOOD}`],
  ['brackets', `(${GOOD})`],
  ['a text of two lines', GOOD.replace("'x'", "'x\n(y'")],
])('a SELECT may begin with, or have, %s', async (_what, text) => {
  expect(await refused(sql, one(text))).toEqual([]);
});
