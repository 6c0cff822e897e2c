import { afterAll, afterEach, beforeAll, test, expect } from 'vitest';
import { GOOD } from '../sql/problems.js';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from '../sql/harness.js';
import { one, refused, type Files } from './refused.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

/** One of the files of a circle: which one depends on how deep the stack is. */
function nestedIn(...names: readonly string[]): string {
  return expect.stringMatching(
    `^sql/(${names.join('|')})\\.sql:1: nested too deeply: does it include itself, or a macro call itself without end\\?$`,
  ) as string;
}

test.each<[string, Files, string[]]>([
  [
    'unclosed for',
    one(`{% for e in event_types %}\n${GOOD}`),
    ['sql/m.sql:4: {% for %} of line 1 is never closed; write {% endfor %}'],
  ],
  [
    'unclosed if',
    one(`{% if partition %}\n${GOOD}`),
    ['sql/m.sql:4: {% if %} of line 1 is never closed; write {% endif %}'],
  ],
  [
    'unclosed expr',
    one(`SELECT {{ partition\n`),
    ['sql/m.sql:2: an expression is not closed, or is none: expected }}'],
  ],
  ['unclosed comment', one(`SELECT 1\n{# note`), ['sql/m.sql:2: a comment {# has no end #}']],
  ['unclosed raw', one(`{% raw %}\n${GOOD}`), ['sql/m.sql:1: {% raw %} of line 1 is never closed; write {% endraw %}']],
  [
    'unclosed macro',
    one(`{% macro m() %}\n${GOOD}`),
    ['sql/m.sql:4: {% macro %} of line 1 is never closed; write {% endmacro %}'],
  ],
  [
    'unclosed set',
    one(`{% set x %}\n${GOOD}`),
    ['sql/m.sql:4: {% set %} of line 1 is never closed; write {% endset %}'],
  ],
  [
    'unclosed if in a for',
    one(`{% for e in event_types %}\n-- x\n{% if e %}\n${GOOD}\n{% endfor %}`),
    ['sql/m.sql:7: {% if %} of line 3 is never closed; write {% endif %}'],
  ],
  [
    'for and if, closed crosswise',
    one(`{% for e in event_types %}\n{% if e %}\n${GOOD}\n{% endfor %}\n{% endif %}`),
    ['sql/m.sql:6: {% if %} of line 2 is never closed; write {% endif %}'],
  ],
  [
    'endfor before an unclosed if',
    one(`{% endfor %}\n{% if partition %}\n${GOOD}`),
    ['sql/m.sql:1: {% endfor %} belongs to nothing that is open'],
  ],
  ['endfor without', one(`${GOOD}\n{% endfor %}`), ['sql/m.sql:4: {% endfor %} belongs to nothing that is open']],
  [
    'unknown tag',
    one(`{% form e in event_types %}`),
    ['sql/m.sql:1: there is no tag {% form %}; see "Jinja2" in docs/adding-a-metric.md for those that are'],
  ],
  [
    'unknown var',
    one(`${GOOD}\n-- {{ date_begin }}`),
    ['sql/m.sql:4: `date_begin` is undefined (defined here: date_end, date_start, event_types, llm_events, partition)'],
  ],
  [
    'typo var near',
    one(`${GOOD}\n-- {{ event_type }}`),
    ['sql/m.sql:4: `event_type` is undefined (defined here: date_end, date_start, event_types, llm_events, partition)'],
  ],
  [
    'unknown filter',
    one(`SELECT '{{ partition | lowre }}'`),
    ['sql/m.sql:1: there is no filter `lowre`; see "Jinja2" in docs/adding-a-metric.md'],
  ],
  [
    'unknown test',
    one(`{% if partition is sameday %}{% endif %}`),
    ['sql/m.sql:1: there is no test `sameday`; see "Jinja2" in docs/adding-a-metric.md'],
  ],
  [
    'unknown function',
    one(`SELECT '{{ ref("x") }}'`),
    ['sql/m.sql:1: `ref` is undefined (defined here: date_end, date_start, event_types, llm_events, partition)'],
  ],
  [
    'unknown method',
    one(`SELECT '{{ partition.strftime("%d") }}'`),
    [
      'sql/m.sql:1: `partition.strftime` is undefined: a str has no attribute \'strftime\'; see "Jinja2" in docs/adding-a-metric.md for its methods',
    ],
  ],
  [
    'dbt',
    one(`SELECT * FROM {{ source('a', 'b') }}`),
    ['sql/m.sql:1: `source` is undefined (defined here: date_end, date_start, event_types, llm_events, partition)'],
  ],
  [
    'index',
    one(`SELECT '{{ event_types[9] }}'`),
    ['sql/m.sql:1: `event_types.9` is undefined: index 9 is out of range'],
  ],
  [
    'index after a dot',
    one(`\n{% if event_types.0 %}{% endif %}`),
    ['sql/m.sql:2: a name is expected after the dot; of a list write list[0]'],
  ],
  [
    'set of several values',
    one(`{% set a, b = 1, 2 %}\n${GOOD}`),
    ['sql/m.sql:1: expected %} after the value of {% set %}; several values stand in brackets: write (1, 2)'],
  ],
  [
    'include missing',
    one(`\n{% include 'gone.sql' %}`),
    ['sql/m.sql:2: there is no file gone.sql to include or import'],
  ],
  [
    'include outside',
    one(`\n{% include '../../etc/passwd' %}`),
    ['sql/m.sql:2: "../../etc/passwd" is not a file below <sql>: only files in it can be included'],
  ],
  [
    'include abs',
    one(`\n{% include '/etc/passwd' %}`),
    ['sql/m.sql:2: "/etc/passwd" is not a file below <sql>: only files in it can be included'],
  ],
  [
    'include self',
    one(`{% include 'm.sql' %}`),
    ['sql/m.sql:1: nested too deeply: does it include itself, or a macro call itself without end?'],
  ],
  ['include cycle', { 'm.sql': `{% include 'p/n.sql' %}`, 'p/n.sql': `{% include 'm.sql' %}` }, [nestedIn('m', 'p/n')]],
  [
    'include computed',
    one(`{% include partition ~ '.sql' %}`),
    ['sql/m.sql:1: include and import want the file’s name in quotes, so that it is known before rendering'],
  ],
  [
    'include dir',
    { 'm.sql': `{% include 'p' %}`, 'p/x.sql': '' },
    ['sql/m.sql:1: "p" is a directory: name a file in it'],
  ],
  [
    'macro recursion',
    one(`{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}\nSELECT {{ m(1) }}`),
    ['sql/m.sql:1: nested too deeply: does it include itself, or a macro call itself without end?'],
  ],
  [
    'macro recursion across',
    {
      'm.sql': `{% import 'p/a.sql' as a %}SELECT {{ a.m() }}`,
      'p/a.sql': `{% import 'p/b.sql' as b %}{% macro m() %}{{ b.m() }}{% endmacro %}`,
      'p/b.sql': `{% import 'p/a.sql' as a %}{% macro m() %}{{ a.m() }}{% endmacro %}`,
    },
    [nestedIn('p/a', 'p/b')],
  ],
  [
    'huge range',
    one(`{% for i in range(100000000) %}x{% endfor %}`),
    ['sql/m.sql:1: range(): range(100000000) has more than 100000 numbers'],
  ],
  [
    'nested loops',
    one(
      `{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}{% endfor %}{% endfor %}{% endfor %}`,
    ),
    [
      'sql/m.sql:1: the loops take more than 100000 steps together: loop over event types, and let ClickHouse walk over data',
    ],
  ],
  [
    'include latin1',
    { 'm.sql': `\n{% include 'p/x.txt' %}`, 'p/x.txt': Buffer.from('caf\u00e9', 'latin1') },
    ['sql/m.sql:2: "p/x.txt" is not UTF-8 in line 1: save it as UTF-8'],
  ],
  [
    'unclosed set text',
    one(`{% set x %}\n{{ x }}`),
    ['sql/m.sql:2: {% set %} of line 1 is never closed; write {% endset %}'],
  ],
  ['division', one(`SELECT {{ 1 / 0 }}`), ['sql/m.sql:1: division by zero']],
  [
    'str+int',
    one(`SELECT '{{ 'a' + 1 }}'`),
    ['sql/m.sql:1: a str + a int is not possible; `~` makes texts of both and joins them'],
  ],
  ['none', one(`SELECT {{ none }}`), ['sql/m.sql:1: there is nothing to print: the value is None']],
  ['extends', one(`{% extends 'base.sql' %}`), ['sql/m.sql:1: there is no file base.sql to include or import']],
  [
    'do',
    one(`{% do event_types.append('x') %}`),
    ['sql/m.sql:1: there is no tag {% do %}; see "Jinja2" in docs/adding-a-metric.md for those that are'],
  ],
])('a template that does not render: %s', async (_what, files, expected) => {
  expect(await refused(sql, files)).toEqual(expected);
});
