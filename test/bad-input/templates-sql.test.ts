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

test.each<[string, Files, string[]]>([
  [
    'two statements',
    one(`${GOOD};\nSELECT 1`),
    ['sql/m.sql:3: a template is one SELECT; `;` begins another statement'],
  ],
  [
    'insert',
    one(`INSERT INTO llma_metrics_daily ${GOOD}`),
    ['sql/m.sql:1: a template is one SELECT; this begins with INSERT'],
  ],
  [
    'insert values',
    one(`INSERT INTO events VALUES (1)`),
    ['sql/m.sql:1: a template is one SELECT; this begins with INSERT'],
  ],
  ['drop', one(`DROP TABLE events`), ['sql/m.sql:1: a template is one SELECT; this begins with DROP']],
  ['truncate', one(`\nTRUNCATE TABLE events`), ['sql/m.sql:2: a template is one SELECT; this begins with TRUNCATE']],
  [
    'alter',
    one(`ALTER TABLE events DELETE WHERE 1`),
    ['sql/m.sql:1: a template is one SELECT; this begins with ALTER'],
  ],
  [
    'create',
    one(`CREATE TABLE x (a Int8) ENGINE = Memory`),
    ['sql/m.sql:1: a template is one SELECT; this begins with CREATE'],
  ],
  [
    'select then drop',
    one(`${GOOD}; DROP TABLE events`),
    ['sql/m.sql:3: a template is one SELECT; `;` begins another statement'],
  ],
  ['show', one(`SHOW TABLES`), ['sql/m.sql:1: a template is one SELECT; this begins with SHOW']],
  ['explain', one(`EXPLAIN ${GOOD}`), ['sql/m.sql:1: a template is one SELECT; this begins with EXPLAIN']],
  ['set', one(`SET max_threads = 1`), ['sql/m.sql:1: a template is one SELECT; this begins with SET']],
  ['use', one(`USE system`), ['sql/m.sql:1: a template is one SELECT; this begins with USE']],
  [
    'format',
    one(`${GOOD}\nFORMAT JSON`),
    ['sql/m.sql:4: Syntax error at `FORMAT`; a template ends with its SELECT: leave FORMAT and INTO OUTFILE out'],
  ],
  [
    'into outfile',
    one(`${GOOD}\nINTO OUTFILE 'x.csv'`),
    ['sql/m.sql:4: Syntax error at `INTO`; a template ends with its SELECT: leave FORMAT and INTO OUTFILE out'],
  ],
  ['comment open', one(`${GOOD} /* done`), ['sql/m.sql:3: a comment /* has no end */']],
  ['quote open', one(`${GOOD.replace("'x'", "'x")}`), ["sql/m.sql:1: a ' has no closing '"]],
  ['bracket open', one(GOOD.replace('count()', 'count(')), ['sql/m.sql:1: a ( is never closed']],
  ['bracket extra', one(`${GOOD})`), ['sql/m.sql:3: a ) closes nothing']],
  ['words', one('hello world'), ['sql/m.sql:1: a template begins with SELECT or WITH; this begins with hello']],
  ['select alone', one('SELECT'), ['sql/m.sql:1: Syntax error at the end']],
  [
    'unknown table',
    one(GOOD.replace('{{ llm_events }}', 'evnts')),
    ["sql/m.sql:2: Unknown table expression identifier 'evnts'. Maybe you meant <database>.events?"],
  ],
  [
    'unknown db',
    one(GOOD.replace('{{ llm_events }}', 'nowhere.events')),
    ['sql/m.sql:2: Database nowhere does not exist'],
  ],
  [
    'unknown column',
    one(GOOD.replace('count()', 'sum(tokens)')),
    ['sql/m.sql:1: Unknown expression or function identifier `tokens`'],
  ],
  [
    'near column',
    one(GOOD.replace('count()', 'sum(input_token)')),
    ["sql/m.sql:1: Unknown expression or function identifier `input_token`. Maybe you meant: ['input_tokens']"],
  ],
  [
    'unknown function sql',
    one(GOOD.replace('count()', 'cuont()')),
    ["sql/m.sql:1: Function with name `cuont` does not exist. Maybe you meant: ['conv','count']"],
  ],
  [
    'group by',
    one(GOOD.replace('GROUP BY date, team_id', 'GROUP BY date')),
    ["sql/m.sql:1: Column 'team_id' is not under aggregate function and not in GROUP BY keys"],
  ],
  [
    'no group by',
    one(GOOD.replace('\nGROUP BY date, team_id', '')),
    ["sql/m.sql:1: Column 'date' is not under aggregate function and not in GROUP BY keys"],
  ],
  [
    'agg in where',
    one(GOOD.replace('GROUP BY', 'WHERE count() > 1\nGROUP BY')),
    ['sql/m.sql:3: Aggregate function count() is found in WHERE in query'],
  ],
  [
    'illegal type',
    one(GOOD.replace('count()', 'sum(model)')),
    ['sql/m.sql:1: Illegal type String of argument for aggregate function sum'],
  ],
  [
    'arg count',
    one(GOOD.replace('count()', 'round()')),
    [
      "sql/m.sql:1: An incorrect number of arguments was specified for function 'round'. Expected 1 mandatory argument and 1 optional argument, got 0 arguments",
    ],
  ],
  ['unknown param', one(GOOD.replace('count()', '{day:UInt64}')), ['sql/m.sql:1: Substitution `day` is not set']],
  [
    'quoted llm_events',
    one(GOOD.replace('{{ llm_events }}', "'{{ llm_events }}'")),
    ["sql/m.sql:2: a ' has no closing '"],
  ],
  [
    'llm_events bare',
    one(GOOD.replace('{{ llm_events }}', 'llm_events')),
    ["sql/m.sql:2: Unknown table expression identifier 'llm_events'; write {{ llm_events }}"],
  ],
  [
    'date unquoted',
    one(GOOD.replace('GROUP', 'WHERE date = {{ partition }}\nGROUP')),
    ['sql/m.sql:3: Illegal types of arguments (`Date`, `Int64`) of function `equals`'],
  ],
  [
    'bad date literal',
    one(GOOD.replace('GROUP', "WHERE date = '{{ event_types[0] }}'\nGROUP")),
    ["sql/m.sql:3: Cannot parse date: value is too short: while converting '$ai_trace' to Date"],
  ],
  [
    'header empty',
    one(`-- metrics:\n${GOOD}`),
    ['sql/m.sql:1: "-- metrics:" names "": expected names like ai_generation_count, or patterns like *_count'],
  ],
  [
    'header comma',
    one(`-- metrics: a,,b\n${GOOD}`),
    ['sql/m.sql:1: "-- metrics:" names "": expected names like ai_generation_count, or patterns like *_count'],
  ],
  [
    'header quote',
    one(`-- metrics: 'a'\n${GOOD}`),
    ['sql/m.sql:1: "-- metrics:" names "\'a\'": expected names like ai_generation_count, or patterns like *_count'],
  ],
  [
    'header second line',
    one(`-- about\n-- metrics: a; b\n${GOOD}`),
    ['sql/m.sql:2: "-- metrics:" names "a; b": expected names like ai_generation_count, or patterns like *_count'],
  ],
  [
    'non-utf8',
    one(Buffer.concat([Buffer.from("SELECT '"), Buffer.from([0xff, 0xfe]), Buffer.from(`' AS x,\n${GOOD}`)])),
    ['sql/m.sql: "m.sql" is not UTF-8 in line 1: save it as UTF-8'],
  ],
  [
    'utf16',
    one(Buffer.from('\uFEFF' + GOOD, 'utf16le')),
    ['sql/m.sql: "m.sql" is not UTF-8 in line 1: save it as UTF-8'],
  ],
  [
    'latin1 comment',
    one(Buffer.from(`-- caf\u00e9\n${GOOD}`, 'latin1')),
    ['sql/m.sql: "m.sql" is not UTF-8 in line 1: save it as UTF-8'],
  ],
  [
    'CRLF error',
    one(`SELECT date,\r\n team_id,\r\n cuont() AS metric_value FROM {{ llm_events }}`),
    ["sql/m.sql:3: Function with name `cuont` does not exist. Maybe you meant: ['conv','count']"],
  ],
  [
    'capital',
    { 'Costs.sql': GOOD },
    ['sql/Costs.sql: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file'],
  ],
  [
    'space',
    { 'my costs.sql': GOOD },
    ['sql/my costs.sql: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file'],
  ],
  [
    'upper ext',
    { 'costs.SQL': GOOD },
    ['sql/costs.SQL: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file'],
  ],
  [
    'dot',
    { 'costs.v2.sql': GOOD },
    ['sql/costs.v2.sql: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file'],
  ],
  [
    'binary gz',
    one(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])),
    ['sql/m.sql: "m.sql" is not UTF-8 in line 1: save it as UTF-8'],
  ],
  [
    'llm_events attr',
    one(`SELECT {{ llm_events.date }}`),
    [
      'sql/m.sql:1: `llm_events.date` is undefined: a str has no attribute \'date\'; see "Jinja2" in docs/adding-a-metric.md for its methods',
    ],
  ],
  ['jinja in string', one(`SELECT '{{' AS x`), ['sql/m.sql:1: an expression is not closed, or is none: expected }}']],
  ['percent', one(`SELECT 1 {% 2`), ['sql/m.sql:1: expected the name of a tag after {%']],
  ['missing loop var', one(`{% for in event_types %}x{% endfor %}`), ['sql/m.sql:1: expected "in" keyword for loop']],
  ['else', one(`{% else %}`), ['sql/m.sql:1: {% else %} belongs to nothing that is open']],
  [
    'join wrong',
    one(GOOD.replace('{{ llm_events }}', '{{ llm_events }} AS a JOIN {{ llm_events }} AS b')),
    ['sql/m.sql:3: Syntax error at `GROUP`'],
  ],
  ['distributed ddl', one(`SYSTEM RELOAD CONFIG`), ['sql/m.sql:1: a template is one SELECT; this begins with SYSTEM']],
  ['kill', one(`KILL QUERY WHERE 1`), ['sql/m.sql:1: a template is one SELECT; this begins with KILL']],
  [
    'file table',
    one(GOOD.replace('{{ llm_events }}', "file('/etc/passwd', LineAsString)")),
    ['sql/m.sql:1: Unknown expression identifier `date`'],
  ],
])('a template that is no SELECT: %s', async (_what, files, expected) => {
  expect(await refused(sql, files)).toEqual(expected);
});

test.each<[string, Files]>([
  ['union distinct', one(`${GOOD}\nUNION DISTINCT\n${GOOD}`)],
  ['settings', one(`${GOOD}\nSETTINGS max_threads = 1`)],
  ['settings union', one(`${GOOD}\nSETTINGS max_threads = 1\nUNION ALL\n${GOOD}`)],
  ['comment end', one(`${GOOD} -- done`)],
  ['comment in a comment', one(`/* one /* it's nested */ more; */ ${GOOD}`)],
  ['macros only', one('{% macro m() %}x{% endmacro %}')],
  ['smart quotes', one(GOOD.replace("'x'", '‘x’'))],
  ['nbsp', one(GOOD.replace('GROUP BY', 'GROUP\u00a0BY'))],
  ['BOM', one(`\uFEFF${GOOD}`)],
  ['CRLF', one(GOOD.replaceAll('\n', '\r\n'))],
  ['url table', one(GOOD.replace('{{ llm_events }}', "url('http://127.0.0.1:1/x', CSV, 'date Date, team_id UInt64')"))],
])('nothing is wrong with %s', async (_what, files) => {
  expect(await refused(sql, files)).toEqual([]);
});
