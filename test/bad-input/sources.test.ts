import { afterAll, afterEach, beforeAll, test, expect } from 'vitest';
import { GOOD } from '../sql/problems.js';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from '../sql/harness.js';
import { refused, type Files } from './refused.js';
import { readFileSync } from 'node:fs';
import { packageFile } from '../../config/package-file.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const SRC = readFileSync(packageFile('sql', 'sources', 'posthog_events.sql'), 'utf8');
const src = (text: string) => ({ 'm.sql': GOOD, 'sources/s.sql': text });

test.each<[string, Files, string[]]>([
  [
    'missing column',
    src(SRC.replace('    toString(events.uuid) AS event_id,\n', '')),
    ['sql/sources/s.sql:36: column event_id is missing; expected String'],
  ],
  [
    'wrong type',
    src(SRC.replace('toUInt64(greatest(events.team_id, 0)) AS team_id', 'events.team_id AS team_id')),
    ['sql/sources/s.sql:43: column team_id is Int64, expected UInt64'],
  ],
  [
    'nullable',
    src(SRC.replace('toString(events.uuid) AS event_id', 'toNullable(toString(events.uuid)) AS event_id')),
    ['sql/sources/s.sql:42: column event_id is Nullable(String), expected String'],
  ],
  [
    'not low cardinality',
    src(SRC.replace('toLowCardinality(events.event) AS event', 'events.event AS event')),
    ['sql/sources/s.sql:41: column event is String, expected LowCardinality(String)'],
  ],
  [
    'extra column',
    src(
      SRC.replace(
        'events.distinct_id AS user_id,',
        'events.distinct_id AS user_id,\n    events._timestamp AS arrived,',
      ),
    ),
    ['sql/sources/s.sql:49: column arrived is not one of an LLM event; see docs/adding-a-metric.md'],
  ],
  [
    'renamed column',
    src(SRC.replace('AS project,', 'AS projekt,')),
    [
      'sql/sources/s.sql:50: column projekt is not one of an LLM event; see docs/adding-a-metric.md',
      'sql/sources/s.sql:36: column project is missing; expected String',
    ],
  ],
  [
    'wrong time zone',
    src(
      SRC.replace(
        "toDateTime64(events.timestamp, 6, 'UTC') AS timestamp",
        "toDateTime64(events.timestamp, 3, 'Europe/Berlin') AS timestamp",
      ),
    ),
    ["sql/sources/s.sql:38: column timestamp is DateTime64(3, 'Europe/Berlin'), expected DateTime64(6, 'UTC')"],
  ],
  [
    'optional wrong',
    src(SRC.replace('(events.team_id < 0)::Bool AS left_out', 'events.team_id < 0 AS left_out')),
    ['sql/sources/s.sql:75: column left_out is UInt8, expected Bool'],
  ],
  [
    'unknown table',
    src(SRC.replace('\nFROM events\n', '\nFROM evnts AS events\n')),
    ["sql/sources/s.sql:76: Unknown table expression identifier 'evnts'. Maybe you meant <database>.events?"],
  ],
  [
    'unknown column',
    src(SRC.replace('events.distinct_id AS', 'events.user AS')),
    [
      "sql/sources/s.sql:48: Identifier 'events.user' cannot be resolved from table with name <database>.events. Maybe you meant: ['events.uuid']",
    ],
  ],
  [
    'syntax',
    src(SRC.replace('events.distinct_id AS user_id,', 'events.distinct_id AS user_id')),
    ['sql/sources/s.sql:49: Syntax error at `if`'],
  ],
  [
    'undefined',
    src(SRC.replace('{{ date_end }}', '{{ date_stop }}')),
    [
      'sql/sources/s.sql:79: `date_stop` is undefined (defined here: columns, date_end, date_start, event_types, fraction, numbers, others, whole)',
    ],
  ],
  [
    'llm_events',
    src('SELECT * FROM {{ llm_events }}'),
    ['sql/sources/s.sql:1: `llm_events` is undefined (defined here: columns, date_end, date_start, event_types)'],
  ],
  [
    'empty',
    src('-- to do'),
    ['sql/sources/s.sql: it renders to nothing; expected a SELECT of the columns of an LLM event'],
  ],
  ['two', src('SELECT 1;\nSELECT 2'), ['sql/sources/s.sql:1: a template is one SELECT; `;` begins another statement']],
  [
    'insert',
    src('INSERT INTO events SELECT 1'),
    ['sql/sources/s.sql:1: a template is one SELECT; this begins with INSERT'],
  ],
  [
    'name',
    { 'm.sql': GOOD, 'sources/My Source.sql': SRC },
    ['sql/sources/My Source.sql: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file'],
  ],
])('a source: %s', async (_what, files, expected) => {
  expect(await refused(sql, files)).toEqual(expected);
});
