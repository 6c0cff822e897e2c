import { expect, test } from 'vitest';
import { variables } from '../../config/schema.js';
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

/** Variable, value, and what is said after both. */
const VARIABLES: readonly (readonly [string, string, string])[] = [
  ['LLMA_PARTITION_START_DATE', '2026-02-30', "there is no such day; check the month's length"],
  ['LLMA_PARTITION_START_DATE', 'yesterday', 'expected a UTC day like "2026-01-31"'],
  [
    'LLMA_PARTITION_START_DATE',
    '2150-01-01',
    'expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold',
  ],
  ['LLMA_PARTITION_START_DATE', ' 2025-01-01', 'expected a UTC day like "2026-01-31"'],
  ['LLMA_PARTITION_START_DATE', '2025-1-1', 'expected a UTC day like "2026-01-31"'],
  [
    'LLMA_CRON_SCHEDULE',
    '@daily',
    'expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found 1',
  ],
  [
    'LLMA_CRON_SCHEDULE',
    '60 6 * * *',
    '"60" can\'t be the minute: expected *, a number from 0 to 59, a range like 0-59, a list or a step like */2',
  ],
  [
    'LLMA_CRON_SCHEDULE',
    '0 6 * * * *',
    'expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found 6',
  ],
  [
    'LLMA_CRON_SCHEDULE',
    '0 6 * * MONDAY',
    '"MONDAY" can\'t be the day of the week: expected *, a number from 0 to 7, a range like 0-7, a list or a step like */2',
  ],
  [
    'LLMA_CRON_SCHEDULE',
    '0 6 31-1 * *',
    '"31-1" can\'t be the day of the month: expected *, a number from 1 to 31, a range like 1-31, a list or a step like */2',
  ],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '0', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '367', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '-1', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '1,5', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '14 ', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '1e2', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '0x10', 'expected a whole number from 1 to 366'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '99999999999999999999', 'expected a whole number from 1 to 366'],
  [
    'LLMA_EVENT_TYPES',
    '$ai_trace,,$ai_span',
    'an event name is empty; expected names with commas between them, like "$ai_trace,$ai_generation"',
  ],
  [
    'LLMA_EVENT_TYPES',
    '$',
    'an event name is empty; expected names with commas between them, like "$ai_trace,$ai_generation"',
  ],
  ['LLMA_EVENT_TYPES', "$ai_trace' OR 1=1 --", 'expected event names of letters, digits and _ . : - only'],
  ['LLMA_EVENT_TYPES', '$ai_😀', 'expected event names of letters, digits and _ . : - only'],
  ['LLMA_EVENT_TYPES', '["$ai_trace"]', 'expected event names of letters, digits and _ . : - only'],
  [
    'LLMA_EVENT_TYPES',
    '$ai_trace,',
    'an event name is empty; expected names with commas between them, like "$ai_trace,$ai_generation"',
  ],
  [
    'LLMA_METRICS',
    'event_counts,',
    'expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates"',
  ],
  [
    'LLMA_METRICS',
    '../secret',
    'expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates"',
  ],
  [
    'LLMA_METRICS',
    'Event_Counts',
    'expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates"',
  ],
  [
    'LLMA_METRICS',
    'sql/event_counts',
    'expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates"',
  ],
  ['LLMA_CONCURRENCY', '0', 'expected a whole number from 1 to 64'],
  ['LLMA_CONCURRENCY', '65', 'expected a whole number from 1 to 64'],
  ['LLMA_CONCURRENCY', 'eight', 'expected a whole number from 1 to 64'],
  ['LLMA_CONCURRENCY', '4.0', 'expected a whole number from 1 to 64'],
  ['LLMA_CONCURRENCY', 'NaN', 'expected a whole number from 1 to 64'],
  ['LLMA_CONCURRENCY', 'Infinity', 'expected a whole number from 1 to 64'],
  ['LLMA_LOOKBACK_DAYS', '-1', 'expected a whole number from 0 to 60'],
  ['LLMA_LOOKBACK_DAYS', '61', 'expected a whole number from 0 to 60'],
  ['LLMA_HISTORY_DAYS', '-1', 'expected a whole number from 0 to 3650'],
  ['LLMA_HISTORY_DAYS', '3651', 'expected a whole number from 0 to 3650'],
  ['LLMA_THIN_DAY_PERCENT', '101', 'expected a whole number from 0 to 100'],
  ['LLMA_MAX_MEMORY_MB', '8G', 'expected a whole number from 0 to 10000000'],
  ['LLMA_MAX_THREADS', '-1', 'expected a whole number from 0 to 1024'],
  ['LLMA_QUERY_PRIORITY', 'low', 'expected a whole number from 0 to 1000'],
  ['LLMA_QUERY_NICE', '20', 'expected a whole number from 0 to 19'],
  ['LLMA_MAX_READ_FACTOR', '1.5', 'expected a whole number from 0 to 1000'],
  ['LLMA_RECOVERY_SECONDS', 'never', 'expected a whole number from 0 to 3600'],
  [
    'LLMA_SOURCE_RETENTION_DAYS',
    'forever',
    'expected "table" (read it from the TTL of the source\'s tables), "none" (no row of the source ever expires), or a number of days like 90',
  ],
  ['LLMA_MAX_EXECUTION_SECONDS', '0', 'expected a whole number from 1 to 86400'],
  ['LLMA_MAX_EXECUTION_SECONDS', '30m', 'expected a whole number from 1 to 86400'],
  ['LLMA_WORKER_SLOTS', '0', 'expected a whole number from 1 to 512'],
  ['LLMA_WORKER_SLOTS', 'auto', 'expected a whole number from 1 to 512'],
  ['LLMA_WORKER_ADDRESS', '9464', 'expected host:port like 127.0.0.1:9464 (port 0 takes a free one)'],
  ['LLMA_WORKER_ADDRESS', 'http://localhost:9464', 'expected host:port like 127.0.0.1:9464 (port 0 takes a free one)'],
  ['LLMA_WORKER_ADDRESS', 'localhost:99999', 'expected host:port like 127.0.0.1:9464 (port 0 takes a free one)'],
  ['LLMA_WORKER_ADDRESS', '[::1]:9464', 'expected host:port like 127.0.0.1:9464 (port 0 takes a free one)'],
  ['LLMA_SHUTDOWN_GRACE_SECONDS', '-5', 'expected a whole number from 0 to 3600'],
  ['LLMA_SHUTDOWN_GRACE_SECONDS', '10s', 'expected a whole number from 0 to 3600'],
  ['LLMA_LOG_LEVEL', 'debug', 'expected DEBUG, INFO, WARN or ERROR'],
  ['LLMA_LOG_LEVEL', 'TRACE', 'expected DEBUG, INFO, WARN or ERROR'],
  [
    'LLMA_ENGINE',
    'Log',
    "expected MergeTree, ReplicatedMergeTree, SharedMergeTree, or one of them with arguments like ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')",
  ],
  [
    'LLMA_ENGINE',
    'MergeTree; DROP TABLE x',
    "expected MergeTree, ReplicatedMergeTree, SharedMergeTree, or one of them with arguments like ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')",
  ],
  [
    'LLMA_ENGINE',
    "ReplicatedMergeTree('/a') ORDER BY x",
    "expected MergeTree, ReplicatedMergeTree, SharedMergeTree, or one of them with arguments like ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')",
  ],
  [
    'LLMA_ENGINE',
    'mergetree',
    "expected MergeTree, ReplicatedMergeTree, SharedMergeTree, or one of them with arguments like ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')",
  ],
  ['LLMA_CLUSTER', "main' --", 'expected the name of a cluster of the server (SELECT cluster FROM system.clusters)'],
  ['LLMA_CLUSTER', 'my cluster', 'expected the name of a cluster of the server (SELECT cluster FROM system.clusters)'],
  ['CLICKHOUSE_URL', 'localhost:8123', 'expected an address like http://127.0.0.1:8123 or https://host:8443'],
  ['CLICKHOUSE_URL', '127.0.0.1', 'expected an address like http://127.0.0.1:8123 or https://host:8443'],
  ['CLICKHOUSE_URL', 'tcp://h:9000', 'expected an address like http://127.0.0.1:8123 or https://host:8443'],
  [
    'CLICKHOUSE_URL',
    'http://h:8123/llma',
    'must hold scheme, host and port alone; set CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE',
  ],
  ['CLICKHOUSE_URL', 'http://h:99999', 'expected an address like http://127.0.0.1:8123 or https://host:8443'],
  ['CLICKHOUSE_URL', 'http://', 'expected an address like http://127.0.0.1:8123 or https://host:8443'],
  ['CLICKHOUSE_DATABASE', 'my-db', 'expected a database name of letters, digits and _ that begins with a letter'],
  ['CLICKHOUSE_DATABASE', '1db', 'expected a database name of letters, digits and _ that begins with a letter'],
  ['CLICKHOUSE_DATABASE', 'a.b', 'expected a database name of letters, digits and _ that begins with a letter'],
  ['CLICKHOUSE_DATABASE', 'x`; DROP', 'expected a database name of letters, digits and _ that begins with a letter'],
  [
    'CLICKHOUSE_SOURCE_DATABASE',
    'raw-events',
    'expected a database name of letters, digits and _ that begins with a letter',
  ],
];

test.each(VARIABLES)('%s=%s', (name, value, said) => {
  expect(problems({ [name]: value })).toEqual([`${name}=${JSON.stringify(value)}: ${said} (from the environment)`]);
});

test('every variable has a bad value here, but for those that take any text', () => {
  const anyText = ['LLMA_SQL_DIR', 'CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD', 'CLICKHOUSE_PASSWORD_FILE'];
  const covered = new Set([...VARIABLES.map(([name]) => name), ...anyText]);
  expect(Object.keys(variables.shape).filter((name) => !covered.has(name))).toEqual([]);
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
