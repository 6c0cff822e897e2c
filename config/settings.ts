import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageFile } from './package-file.js';
import { fromTime, type Partition } from './partition.js';
import { hidden, Secret } from './secret.js';
import { temporalVariables, variables, type Variables } from './schema.js';
import { readSources, systemCode, type Sources } from './sources.js';

/** Everything that the project's parts can be told, parsed and complete: nothing downstream looks at a default again. */
export interface Settings {
  /** First partition that may be computed. */
  readonly partitionStartDate: Partition;
  readonly cronSchedule: string;
  readonly maxPartitionsPerRun: number;
  /** Event names, each with its `$`. */
  readonly eventTypes: readonly string[];
  /** Allow-list of template names; undefined means all. */
  readonly metrics: readonly string[] | undefined;
  /** Absolute path of the metric templates. */
  readonly sqlDir: string;
  /** Partitions of a chunk that compute at once. */
  readonly concurrency: number;
  readonly lookbackDays: number;
  readonly historyDays: number;
  /** Below so many percent of the same weekday's median a day is thin: a warning. 0 never warns. */
  readonly thinDayPercent: number;
  /** Longest time that one query of ours may run, in seconds. */
  readonly maxExecutionSeconds: number;
  /** Days that the source keeps its rows; `table`: as its tables' TTL says; `none`: for ever. */
  readonly sourceRetention: number | 'table' | 'none';
  /** Megabytes that a slice may have in memory; a day that needs more is decoded onto disk. */
  readonly sliceMemoryMb: number;
  /** Whether an event that was delivered several times counts once. */
  readonly deduplicate: boolean;
  readonly limits: QueryLimits;
  readonly engine: string;
  readonly cluster: string | undefined;
  readonly clickhouse: ClickHouseSettings;
  readonly worker: WorkerSettings;
  /** The environment that Temporal's own configuration is read from: ours with `.env` beneath it. Not shown when printed. */
  readonly temporalEnvironment: Readonly<Record<string, string>>;
  /** What looks like a mistake but stops nothing: one sentence each. */
  readonly warnings: readonly string[];
}

export interface ClickHouseSettings {
  readonly url: string;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
  readonly sourceDatabase: string;
}

/** What a query that reads the source may take. 0 leaves it to the server. */
export interface QueryLimits {
  /** Megabytes of memory of one query. */
  readonly maxMemoryMb: number;
  readonly maxThreads: number;
  /** ClickHouse's `priority`: a query waits while one with a lower number runs; those with 0 don't take part. */
  readonly priority: number;
  /** Nice value of the query's threads, where the server knows how. */
  readonly nice: number;
  /** Whether our queries take less while other users are at work: half of the threads, and turns. */
  readonly makeWay: boolean;
  /** Rows that a template may read, as a multiple of what one read of the partition's events takes. */
  readonly maxReadFactor: number;
}

export interface WorkerSettings {
  /** Activities that one worker runs at once. */
  readonly slots: number;
  /** Nice value of the worker's process. */
  readonly nice: number;
  /** `host:port` of `/healthz` and `/metrics`. */
  readonly address: string;
  readonly shutdownGraceSeconds: number;
  /** Seconds between two looks at all months; 0 for none. */
  readonly recoverySeconds: number;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
}

/** Configuration that can't be used. The message lists every problem with variable, value and remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((p) => `  ${p}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads the environment, `.env` and `llma.config.json` of `directory`, in this order of precedence.
 * @throws ConfigError with all problems at once.
 */
export function loadSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  directory = process.cwd(),
  now = Date.now(),
): Settings {
  const sources = readSources(environment, directory, Object.keys(variables.shape));
  const parsed = variables.safeParse(sources.values);
  const temporal = temporalVariables.safeParse(sources.environment);
  const problems = [...sources.problems];
  for (const issue of [parsed, temporal].flatMap(({ error }) => error?.issues ?? [])) {
    const name = String(issue.path[0]);
    problems.push(`${name}=${shown(name, sources)}: ${issue.message} (from ${sources.origin[name] ?? 'the default'})`);
  }
  const password = readPassword(sources.values, directory, problems);
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  const warnings = [...sources.warnings, ...laterStart(parsed.data.LLMA_PARTITION_START_DATE, now)];
  return settingsOf(parsed.data, { sources, directory, password, warnings });
}

interface Context {
  readonly sources: Sources;
  readonly directory: string;
  readonly password: Secret;
  readonly warnings: readonly string[];
}

function settingsOf(from: Variables, { sources, directory, password, warnings }: Context): Settings {
  const clickhouse: ClickHouseSettings = {
    url: from.CLICKHOUSE_URL,
    user: from.CLICKHOUSE_USER,
    password,
    database: from.CLICKHOUSE_DATABASE,
    sourceDatabase: from.CLICKHOUSE_SOURCE_DATABASE ?? from.CLICKHOUSE_DATABASE,
  };
  const worker: WorkerSettings = {
    slots: from.LLMA_WORKER_SLOTS,
    nice: from.LLMA_WORKER_NICE,
    address: from.LLMA_WORKER_ADDRESS,
    shutdownGraceSeconds: from.LLMA_SHUTDOWN_GRACE_SECONDS,
    recoverySeconds: from.LLMA_RECOVERY_SECONDS,
    logLevel: from.LLMA_LOG_LEVEL,
  };
  return {
    partitionStartDate: from.LLMA_PARTITION_START_DATE,
    cronSchedule: from.LLMA_CRON_SCHEDULE,
    maxPartitionsPerRun: from.LLMA_MAX_PARTITIONS_PER_RUN,
    eventTypes: from.LLMA_EVENT_TYPES,
    metrics: from.LLMA_METRICS,
    sqlDir: from.LLMA_SQL_DIR === undefined ? packageFile('sql') : resolve(directory, from.LLMA_SQL_DIR),
    concurrency: from.LLMA_CONCURRENCY,
    lookbackDays: from.LLMA_LOOKBACK_DAYS,
    historyDays: from.LLMA_HISTORY_DAYS,
    thinDayPercent: from.LLMA_THIN_DAY_PERCENT,
    maxExecutionSeconds: from.LLMA_MAX_EXECUTION_SECONDS,
    sourceRetention: from.LLMA_SOURCE_RETENTION_DAYS,
    sliceMemoryMb: from.LLMA_SLICE_MEMORY_MB,
    deduplicate: from.LLMA_DEDUPLICATE,
    limits: {
      maxMemoryMb: from.LLMA_MAX_MEMORY_MB,
      maxThreads: from.LLMA_MAX_THREADS,
      priority: from.LLMA_QUERY_PRIORITY,
      nice: from.LLMA_QUERY_NICE,
      makeWay: from.LLMA_MAKE_WAY,
      maxReadFactor: from.LLMA_MAX_READ_FACTOR,
    },
    engine: from.LLMA_ENGINE,
    cluster: from.LLMA_CLUSTER,
    clickhouse,
    worker,
    temporalEnvironment: hidden(sources.environment),
    warnings,
  };
}

/** It may be meant, as a start on a day to come. */
function laterStart(start: Partition, now: number): string[] {
  if (start <= fromTime(now)) return [];
  return [`LLMA_PARTITION_START_DATE=${start} lies in the future: no day is computed until then`];
}

function readPassword(values: Sources['values'], directory: string, problems: string[]): Secret {
  const { CLICKHOUSE_PASSWORD: password, CLICKHOUSE_PASSWORD_FILE: file } = values;
  if (file === undefined) return new Secret(password ?? '');
  if (password !== undefined) {
    problems.push('CLICKHOUSE_PASSWORD and CLICKHOUSE_PASSWORD_FILE are both set: unset one of them');
  }
  try {
    return new Secret(readFileSync(resolve(directory, file), 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    problems.push(
      `CLICKHOUSE_PASSWORD_FILE="${file}": the file can't be read (${systemCode(error)}): expected a file with the password alone`,
    );
    return new Secret('');
  }
}

/** The value as it was given, without what may be a password. */
function shown(name: string, sources: Sources): string {
  if (name === 'CLICKHOUSE_PASSWORD') return '***';
  const value = sources.values[name] ?? sources.environment[name] ?? '';
  const url = value.replace(/\/\/.*@/s, '//***@').replace(/\?.*/s, '?***');
  return JSON.stringify(name.endsWith('_URL') ? url : value);
}
