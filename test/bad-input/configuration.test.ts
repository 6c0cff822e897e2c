import { expect, test } from 'vitest';
import { temporalVariables, variables } from '../../config/schema.js';
import { ConfigError, loadSettings } from '../../config/settings.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const EMPTY = temporaryDirectory();

function problems(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadSettings(environment, EMPTY);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

type Said = Readonly<Record<string, readonly string[]>>;

const whole = (min: number, max: number) => `expected a whole number from ${min} to ${max}`;
const DATABASE = 'expected a database name of letters, digits and _ that begins with a letter';

/** Of each variable: what is said, and the values after which it is. */
const REFUSED: Readonly<Record<string, Said>> = {
  LLMA_PARTITION_START_DATE: {
    "there is no such day; check the month's length": ['2026-02-30', '2025-02-29'],
    'there is no such month; expected 01 to 12': ['2026-13-01', '2026-00-10'],
    'expected a UTC day like "2026-01-31"': ['yesterday', ' 2025-01-01', '2025-1-1', '1.1.2025'],
    'expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold': ['2150-01-01', '1969-12-31'],
  },
  LLMA_CRON_SCHEDULE: {
    'expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found 1': ['@daily'],
    '"60" can\'t be the minute: expected *, a number from 0 to 59, a range like 0-59, a list or a step like */2': [
      '60 6 * * *',
    ],
    'expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found 6': ['0 6 * * * *'],
    '"MONDAY" can\'t be the day of the week: expected *, a number from 0 to 7, a range like 0-7, a list or a step like */2':
      ['0 6 * * MONDAY'],
    '"31-1" can\'t be the day of the month: expected *, a number from 1 to 31, a range like 1-31, a list or a step like */2':
      ['0 6 31-1 * *'],
    'expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found 2': ['6 o’clock'],
  },
  LLMA_MAX_PARTITIONS_PER_RUN: {
    [whole(1, 366)]: ['0', '367', '-1', '1,5', '14 ', '1e2', '0x10', '99999999999999999999'],
  },
  LLMA_EVENT_TYPES: {
    'an event name is empty; expected names with commas between them, like "$ai_trace,$ai_generation"': [
      '$ai_trace,,$ai_span',
      '$',
      '$ai_trace,',
      ',',
      '$,$ai_span',
    ],
    'expected event names of letters, digits and _ . : - only, with commas between them': [
      'ai_trace ai_span',
      "$ai_trace' OR 1=1 --",
      '$ai_😀',
      '["$ai_trace"]',
      "x' OR 1",
    ],
  },
  LLMA_METRICS: {
    'expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates"': [
      'event_counts,',
      '../secret',
      'Event_Counts',
      'sql/event_counts',
      'event_counts.sql',
    ],
  },
  LLMA_CONCURRENCY: {
    [whole(1, 64)]: ['0', '65', 'eight', '4.0', 'NaN', 'Infinity', '1e1'],
  },
  LLMA_LOOKBACK_DAYS: {
    [whole(0, 60)]: ['-1', '61'],
  },
  LLMA_HISTORY_DAYS: {
    [whole(0, 3650)]: ['-1', '3651'],
  },
  LLMA_THIN_DAY_PERCENT: {
    [whole(0, 100)]: ['101'],
  },
  LLMA_MAX_MEMORY_MB: {
    [whole(0, 10_000_000)]: ['8G'],
  },
  LLMA_MAX_THREADS: {
    [whole(0, 1024)]: ['-1'],
  },
  LLMA_QUERY_PRIORITY: {
    [whole(0, 1000)]: ['low'],
  },
  LLMA_QUERY_NICE: {
    [whole(0, 19)]: ['20'],
  },
  LLMA_MAX_READ_FACTOR: {
    [whole(0, 1000)]: ['1.5'],
  },
  LLMA_RECOVERY_SECONDS: {
    [whole(0, 3600)]: ['never', '3601'],
  },
  LLMA_SOURCE_RETENTION_DAYS: {
    'expected "table" (read it from the TTL of the source\'s tables), "none" (no row of the source ever expires), or a number of days like 90':
      ['forever'],
  },
  LLMA_SLICE_MEMORY_MB: {
    [whole(0, 10_000_000)]: ['4G', '-1'],
  },
  LLMA_DEDUPLICATE: {
    'expected true or false': ['yes', '1', 'TRUE'],
  },
  LLMA_MAKE_WAY: {
    'expected true or false': ['no', '2', 'half'],
  },
  LLMA_MAX_EXECUTION_SECONDS: {
    [whole(1, 86_400)]: ['0', '30m', '0.5'],
  },
  LLMA_WORKER_NICE: {
    [whole(0, 19)]: ['-5', 'low', '20'],
  },
  LLMA_WORKER_SLOTS: {
    [whole(1, 512)]: ['0', 'auto', '513'],
  },
  LLMA_WORKER_ADDRESS: {
    'expected host:port like 127.0.0.1:9464 (port 0 takes a free one)': [
      '9464',
      'http://localhost:9464',
      'localhost:99999',
      '[::1]:9464',
      'localhost:65536',
    ],
  },
  LLMA_SHUTDOWN_GRACE_SECONDS: {
    [whole(0, 3600)]: ['-5', '10s', '3601'],
  },
  LLMA_LOG_LEVEL: {
    'expected DEBUG, INFO, WARN or ERROR': ['debug', 'TRACE', 'loud'],
  },
  LLMA_ENGINE: {
    "expected MergeTree, ReplicatedMergeTree, SharedMergeTree, or one of them with arguments like ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')":
      ['Log', 'MergeTree; DROP TABLE x', "ReplicatedMergeTree('/a') ORDER BY x", 'mergetree'],
  },
  LLMA_CLUSTER: {
    'expected the name of a cluster of the server (SELECT cluster FROM system.clusters)': [
      "main' --",
      'my cluster',
      "a' ENGINE",
    ],
  },
  CLICKHOUSE_URL: {
    'expected an address like http://127.0.0.1:8123 or https://host:8443': [
      'localhost:8123',
      '127.0.0.1',
      'tcp://h:9000',
      'http://h:99999',
      'http://',
      'clickhouse://h:9000',
    ],
    'must hold scheme, host and port alone; set CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE': [
      'http://h:8123/llma',
    ],
  },
  CLICKHOUSE_DATABASE: {
    "is a database of the server's own; expected one for our tables, like llma": ['system', 'INFORMATION_SCHEMA'],
    [DATABASE]: ['my-db', '1db', 'a.b', 'x`; DROP'],
  },
  CLICKHOUSE_SOURCE_DATABASE: {
    [DATABASE]: ['raw-events', '1db'],
  },
  TEMPORAL_ADDRESS: {
    'expected host:port like 127.0.0.1:7233': ['127.0.0.1:99999', '::1:7233', 'a b:1', 'http://127.0.0.1:17233'],
  },
  TEMPORAL_TLS: {
    'expected true or false': ['maybe', 'yes', 'TRUE'],
  },
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: {
    'expected true or false': ['no'],
    'expected false, or nothing: names are always verified; TEMPORAL_TLS_SERVER_NAME says which name is expected': [
      'true',
      '1',
    ],
  },
  TEMPORAL_UI_URL: {
    'expected an address like http://127.0.0.1:8233 or https://host': ['foo', 'localhost:8233', 'ftp://h/', 'http://'],
  },
};

const VARIABLES = Object.entries(REFUSED).flatMap(([name, all]) =>
  Object.entries(all).flatMap(([said, values]) => values.map((value) => [name, value, said] as const)),
);

test.each(VARIABLES)('%s=%s is refused with the variable, the value and the remedy', (name, value, said) => {
  expect(problems({ [name]: value })).toEqual([`${name}=${JSON.stringify(value)}: ${said} (from the environment)`]);
});

test('every variable has a bad value here, but for those that take any text', () => {
  const anyText = ['LLMA_SQL_DIR', 'CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD', 'CLICKHOUSE_PASSWORD_FILE'];
  const covered = new Set([...VARIABLES.map(([name]) => name), ...anyText]);
  const all = Object.keys({ ...variables.shape, ...temporalVariables.shape });
  expect(all.filter((name) => !covered.has(name))).toEqual([]);
});

test.each<[Readonly<Record<string, string>>, string[]]>([
  [
    { CLICKHOUSE_URL: 'http://user:secret@h:8123' },
    [
      'CLICKHOUSE_URL="http://***@h:8123": must hold scheme, host and port alone; set CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE (from the environment)',
    ],
  ],
  [
    { CLICKHOUSE_URL: 'http://h:8123/?password=secret' },
    [
      'CLICKHOUSE_URL="http://h:8123/?***": must hold scheme, host and port alone; set CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE (from the environment)',
    ],
  ],
  [
    { CLICKHOUSE_PASSWORD_FILE: '/nowhere/password' },
    [
      'CLICKHOUSE_PASSWORD_FILE="/nowhere/password": the file can\'t be read (ENOENT): expected a file with the password alone',
    ],
  ],
  [
    { CLICKHOUSE_PASSWORD_FILE: '/' },
    ['CLICKHOUSE_PASSWORD_FILE="/": the file can\'t be read (EISDIR): expected a file with the password alone'],
  ],
  [
    { CLICKHOUSE_PASSWORD: 'a', CLICKHOUSE_PASSWORD_FILE: '/nowhere' },
    [
      'CLICKHOUSE_PASSWORD and CLICKHOUSE_PASSWORD_FILE are both set: unset one of them',
      'CLICKHOUSE_PASSWORD_FILE="/nowhere": the file can\'t be read (ENOENT): expected a file with the password alone',
    ],
  ],
])('no secret is shown: %j', (environment, said) => {
  expect(problems(environment)).toEqual(said);
});

test.each([
  ['LLMA_CONCURENCY', ' (did you mean LLMA_CONCURRENCY?)'],
  ['LLMA_METRIC', ' (did you mean LLMA_METRICS?)'],
  ['LLMA_SQLDIR', ' (did you mean LLMA_SQL_DIR?)'],
  ['LLMA_FOO', '; see .env.example'],
  ['CLICKHOUSE_PASWORD', ' (did you mean CLICKHOUSE_PASSWORD?)'],
  ['llma_concurrency', ' (did you mean LLMA_CONCURRENCY?)'],
])('%s is a warning', (name, hint) => {
  expect(loadSettings({ [name]: 'x' }, EMPTY).warnings).toEqual([
    `${name} (from the environment) is not a variable of llma-metrics and is not used${hint}`,
  ]);
});
