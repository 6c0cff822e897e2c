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
    'missing metric_value',
    one(GOOD.replace(' AS metric_value', ' AS value')),
    [
      'sql/m.sql:1: column metric_value is missing; a template returns date, team_id, metric_name, metric_value',
      'sql/m.sql:1: column value is one too many; a template returns date, team_id, metric_name, metric_value and nothing else',
    ],
  ],
  [
    'missing columns, whose names stand elsewhere',
    one(
      "-- metrics: x\n\nSELECT team_id, count() AS metric_value\nFROM {{ llm_events }}\nWHERE model != 'metric_name'\nGROUP BY date, team_id",
    ),
    [
      'sql/m.sql:3: column date is missing; a template returns date, team_id, metric_name, metric_value',
      'sql/m.sql:3: column metric_name is missing; a template returns date, team_id, metric_name, metric_value',
    ],
  ],
  [
    'extra column',
    one(GOOD.replace(', count()', ',\n 1 AS more, count()')),
    [
      'sql/m.sql:2: column more is one too many; a template returns date, team_id, metric_name, metric_value and nothing else',
    ],
  ],
  [
    'every column',
    one('SELECT *\nFROM {{ llm_events }}'),
    [
      'sql/m.sql:1: column metric_name is missing; a template returns date, team_id, metric_name, metric_value',
      'sql/m.sql:1: column metric_value is missing; a template returns date, team_id, metric_name, metric_value',
      'sql/m.sql:1: columns timestamp, ingested_at, source and 26 more are too many; a template returns date, team_id, metric_name, metric_value and nothing else',
    ],
  ],
  [
    'three columns too many',
    one(GOOD.replace(', count()', ',\n 1 AS a,\n 2 AS b,\n 3 AS constructor, count()')),
    ['2: column a', '3: column b', '4: column constructor'].map(
      (column) =>
        `sql/m.sql:${column} is one too many; a template returns date, team_id, metric_name, metric_value and nothing else`,
    ),
  ],
  [
    'twice column',
    one(GOOD.replace('SELECT date', 'SELECT date, date')),
    ['sql/m.sql:2: column date is there 2 times'],
  ],
  [
    'no alias',
    one(GOOD.replace("'x' AS metric_name", "'x'")),
    [
      'sql/m.sql:1: column metric_name is missing; a template returns date, team_id, metric_name, metric_value',
      "sql/m.sql:1: column 'x' is one too many; a template returns date, team_id, metric_name, metric_value and nothing else",
    ],
  ],
  [
    'date String',
    one(GOOD.replace('SELECT date', 'SELECT toString(date) AS date')),
    ['sql/m.sql:1: column date is String, expected Date; write toDate(…)'],
  ],
  [
    'date DateTime',
    one(GOOD.replace('SELECT date', 'SELECT timestamp AS date').replace('BY date', 'BY timestamp')),
    ["sql/m.sql:1: column date is DateTime64(6, 'UTC'), expected Date; write toDate(…, 'UTC')"],
  ],
  [
    'team String',
    one(GOOD.replace('team_id,', 'toString(team_id) AS team_id,')),
    ['sql/m.sql:1: column team_id is String, expected an integer; write toUInt64(…)'],
  ],
  [
    'team Float',
    one(GOOD.replace('team_id,', 'team_id / 2 AS team_id,')),
    ['sql/m.sql:1: column team_id is Float64, expected an integer; write toUInt64(…)'],
  ],
  [
    'metric_name number',
    one(GOOD.replace("'x'", '1')),
    ['sql/m.sql:1: column metric_name is UInt8, expected String; write toString(…)'],
  ],
  [
    'metric_value String',
    one(GOOD.replace('count()', 'any(model)')),
    ['sql/m.sql:1: column metric_value is String, expected a number; write toFloat64(…)'],
  ],
  [
    'metric_value NULL',
    one(GOOD.replace('count()', 'NULL')),
    ['sql/m.sql:1: column metric_value is Nullable(Nothing), expected a number; it is always NULL'],
  ],
  [
    'metric_value array',
    one(GOOD.replace('count()', 'groupArray(model)')),
    ['sql/m.sql:1: column metric_value is Array(String), expected a number; write toFloat64(…)'],
  ],
  [
    'metric_value tuple',
    one(GOOD.replace('count()', '(1, 2)')),
    ['sql/m.sql:1: column metric_value is Tuple(UInt8, UInt8), expected a number; write toFloat64(…)'],
  ],
  [
    'union order',
    one(`${GOOD}\nUNION ALL\nSELECT today(), 'x' AS metric_name, 1 AS team_id, 2`),
    [
      'sql/m.sql:5: column metric_name stands where the first SELECT has team_id; UNION ALL joins columns by position, not by name',
      'sql/m.sql:5: column team_id stands where the first SELECT has metric_name; UNION ALL joins columns by position, not by name',
    ],
  ],
  [
    'union less',
    one(`${GOOD}\nUNION ALL\nSELECT today(), 1, 'x'`),
    ['sql/m.sql:5: this SELECT of the UNION ALL has 3 columns, the first has 4'],
  ],
  [
    'union no last',
    one(`{% for e in event_types %}\n${GOOD}\nUNION ALL\n{% endfor %}`),
    ['sql/m.sql:5: UNION ALL has no SELECT after it; put it between {% if not loop.last %} and {% endif %}'],
  ],
  [
    'union bare',
    one(`${GOOD} -- no UNION\nUNION\n${GOOD}`),
    [
      'sql/m.sql:4: Expected ALL or DISTINCT in SelectWithUnion query, because setting (union_default_mode) is empty; write UNION ALL',
    ],
  ],
  [
    'union bare in a subquery, beside others',
    one(
      `${GOOD}\nUNION ALL\n${GOOD}\nUNION DISTINCT\n${GOOD.replace('{{ llm_events }}', '(SELECT * FROM {{ llm_events }}\nUNION\nSELECT * FROM {{ llm_events }})')}`,
    ),
    [
      'sql/m.sql:11: Expected ALL or DISTINCT in SelectWithUnion query, because setting (union_default_mode) is empty; write UNION ALL',
    ],
  ],
])('a template whose columns are not a metric: %s', async (_what, files, expected) => {
  expect(await refused(sql, files)).toEqual(expected);
});
