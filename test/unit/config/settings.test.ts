import { expect, test } from 'vitest';
import { packageFile } from '../../../config/package-file.js';
import { ConfigError, loadSettings, type Settings } from '../../../config/settings.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const EMPTY = temporaryDirectory();
const load = (environment: Record<string, string | undefined>): Settings => loadSettings(environment, EMPTY);

function problems(environment: Record<string, string | undefined>, directory = EMPTY): readonly string[] {
  try {
    loadSettings(environment, directory);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('without any variable everything has its default', () => {
  const { clickhouse, temporalEnvironment, ...settings } = load({});
  const { password, ...connection } = clickhouse;
  expect(settings).toEqual({
    partitionStartDate: '2025-01-01',
    cronSchedule: '0 6 * * *',
    maxPartitionsPerRun: 14,
    eventTypes: ['$ai_trace', '$ai_generation', '$ai_span', '$ai_embedding'],
    metrics: undefined,
    sqlDir: packageFile('sql'),
    concurrency: 8,
    lookbackDays: 3,
    historyDays: 30,
    thinDayPercent: 30,
    maxExecutionSeconds: 1800,
    sourceRetention: 'table',
    sliceMemoryMb: 4000,
    deduplicate: true,
    limits: { maxMemoryMb: 0, maxThreads: 0, priority: 10, nice: 19, makeWay: true, maxReadFactor: 4 },
    engine: 'MergeTree',
    cluster: undefined,
    worker: {
      slots: 32,
      nice: 10,
      address: '127.0.0.1:9464',
      shutdownGraceSeconds: 10,
      recoverySeconds: 30,
      logLevel: 'INFO',
    },
    warnings: [],
  });
  expect(connection).toEqual({
    url: 'http://127.0.0.1:8123',
    user: 'default',
    database: 'llma',
    sourceDatabase: 'llma',
  });
  expect(password.reveal()).toBe('');
  expect({ ...temporalEnvironment }).toEqual({});
});

type Read = (settings: Settings) => unknown;

test.each<[string, string, Read, unknown]>([
  ['LLMA_PARTITION_START_DATE', '2024-02-29', (s) => s.partitionStartDate, '2024-02-29'],
  ['LLMA_CRON_SCHEDULE', '*/15 0-6 1,15 JAN-mar MON', (s) => s.cronSchedule, '*/15 0-6 1,15 JAN-mar MON'],
  ['LLMA_MAX_PARTITIONS_PER_RUN', '366', (s) => s.maxPartitionsPerRun, 366],
  ['LLMA_EVENT_TYPES', '$ai_trace, ai_span ,ai_trace', (s) => s.eventTypes, ['$ai_trace', '$ai_span']],
  ['LLMA_METRICS', 'event_counts, error_rates,event_counts', (s) => s.metrics, ['event_counts', 'error_rates']],
  ['LLMA_SQL_DIR', '/srv/sql', (s) => s.sqlDir, '/srv/sql'],
  ['LLMA_SQL_DIR', 'my/sql', (s) => s.sqlDir, `${EMPTY}/my/sql`],
  ['LLMA_CONCURRENCY', '1', (s) => s.concurrency, 1],
  ['LLMA_LOOKBACK_DAYS', '0', (s) => s.lookbackDays, 0],
  ['LLMA_HISTORY_DAYS', '3650', (s) => s.historyDays, 3650],
  ['LLMA_MAX_EXECUTION_SECONDS', '86400', (s) => s.maxExecutionSeconds, 86_400],
  ['LLMA_SOURCE_RETENTION_DAYS', '90', (s) => s.sourceRetention, 90],
  ['LLMA_SOURCE_RETENTION_DAYS', 'none', (s) => s.sourceRetention, 'none'],
  ['LLMA_SLICE_MEMORY_MB', '0', (s) => s.sliceMemoryMb, 0],
  ['LLMA_DEDUPLICATE', 'false', (s) => s.deduplicate, false],
  ['LLMA_MAX_MEMORY_MB', '4000', (s) => s.limits.maxMemoryMb, 4000],
  ['LLMA_MAX_THREADS', '2', (s) => s.limits.maxThreads, 2],
  ['LLMA_QUERY_PRIORITY', '0', (s) => s.limits.priority, 0],
  ['LLMA_QUERY_NICE', '0', (s) => s.limits.nice, 0],
  ['LLMA_MAKE_WAY', 'false', (s) => s.limits.makeWay, false],
  ['LLMA_MAX_READ_FACTOR', '0', (s) => s.limits.maxReadFactor, 0],
  ['LLMA_WORKER_NICE', '0', (s) => s.worker.nice, 0],
  ['LLMA_WORKER_SLOTS', '512', (s) => s.worker.slots, 512],
  ['LLMA_WORKER_ADDRESS', '0.0.0.0:0', (s) => s.worker.address, '0.0.0.0:0'],
  ['LLMA_SHUTDOWN_GRACE_SECONDS', '0', (s) => s.worker.shutdownGraceSeconds, 0],
  ['LLMA_RECOVERY_SECONDS', '0', (s) => s.worker.recoverySeconds, 0],
  ['LLMA_LOG_LEVEL', 'DEBUG', (s) => s.worker.logLevel, 'DEBUG'],
  ['LLMA_ENGINE', 'ReplicatedMergeTree', (s) => s.engine, 'ReplicatedMergeTree'],
  [
    'LLMA_ENGINE',
    "ReplicatedMergeTree('/t/{table}', '{replica}')",
    (s) => s.engine,
    "ReplicatedMergeTree('/t/{table}', '{replica}')",
  ],
  ['LLMA_ENGINE', 'SharedMergeTree()', (s) => s.engine, 'SharedMergeTree()'],
  ['LLMA_CLUSTER', 'main-1', (s) => s.cluster, 'main-1'],
  ['CLICKHOUSE_URL', 'https://ch.example:8443/', (s) => s.clickhouse.url, 'https://ch.example:8443'],
  ['CLICKHOUSE_USER', 'llma_etl', (s) => s.clickhouse.user, 'llma_etl'],
  ['CLICKHOUSE_PASSWORD', ' pa$$ "word" ', (s) => s.clickhouse.password.reveal(), ' pa$$ "word" '],
  [
    'CLICKHOUSE_DATABASE',
    'metrics',
    (s) => [s.clickhouse.database, s.clickhouse.sourceDatabase],
    ['metrics', 'metrics'],
  ],
  ['CLICKHOUSE_SOURCE_DATABASE', 'raw', (s) => [s.clickhouse.database, s.clickhouse.sourceDatabase], ['llma', 'raw']],
])('%s=%s is accepted', (name, value, read, expected) => {
  expect(read(load({ [name]: value }))).toEqual(expected);
});

test('an injected engine clause is refused whatever it looks like', () => {
  for (const engine of [
    'MergeTree ORDER BY x',
    'MergeTree; DROP TABLE x',
    "MergeTree('a' -- )",
    "MergeTree(')' , (1))",
    "MergeTree('\\')",
    'ReplacingMergeTree',
  ]) {
    expect(problems({ LLMA_ENGINE: engine }), engine).toHaveLength(1);
  }
});

test('every mistake is reported at once, each in its line', () => {
  const directory = temporaryDirectory({ 'llma.config.json': '{"LLMA_CONCURENCY": 8, "LLMA_LOOKBACK_DAYS": 99}' });
  const environment = {
    LLMA_CRON_SCHEDULE: '61 6 * * *',
    LLMA_CONCURRENCY: '0',
    CLICKHOUSE_URL: 'nowhere',
    CLICKHOUSE_PASSWORD_FILE: 'missing.txt',
  };
  const expected = [
    'llma.config.json: "LLMA_CONCURENCY" is not a variable of ours (did you mean LLMA_CONCURRENCY?)',
    'LLMA_CRON_SCHEDULE="61 6 * * *": "61" can\'t be the minute: expected *, a number from 0 to 59, a range like 0-59, a list or a step like */2 (from the environment)',
    'LLMA_CONCURRENCY="0": expected a whole number from 1 to 64 (from the environment)',
    'LLMA_LOOKBACK_DAYS="99": expected a whole number from 0 to 60 (from llma.config.json)',
    'CLICKHOUSE_URL="nowhere": expected an address like http://127.0.0.1:8123 or https://host:8443 (from the environment)',
    'CLICKHOUSE_PASSWORD_FILE="missing.txt": the file can\'t be read (ENOENT): expected a file with the password alone',
  ];
  expect(problems(environment, directory)).toEqual(expected);
  expect(() => loadSettings(environment, directory)).toThrow(
    `the configuration has 6 problems:\n${expected.map((line) => `  ${line}`).join('\n')}`,
  );
});

test('one mistake is not called several', () => {
  expect(() => load({ LLMA_CONCURRENCY: '0' })).toThrow('the configuration has 1 problem:\n  LLMA_CONCURRENCY');
});

test('a first day that lies in the future is a warning', () => {
  const warnings = (day: string) =>
    loadSettings({ LLMA_PARTITION_START_DATE: day }, EMPTY, Date.parse('2026-03-01T23:59:59Z')).warnings;
  expect(warnings('2026-03-01')).toEqual([]);
  expect(warnings('2026-03-02')).toEqual([
    'LLMA_PARTITION_START_DATE=2026-03-02 lies in the future: no day is computed until then',
  ]);
});
