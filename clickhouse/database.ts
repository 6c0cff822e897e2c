import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseSettings as Settings,
} from '@clickhouse/client';
import type { ClickHouseSettings } from '../config/settings.js';
import { untilAdmitted, type Admission } from './admission.js';
import { withinSeconds } from './deadline.js';
import { cameFromRequest } from './errors.js';
import { withLargeParams } from './large-params.js';
import { applicationName, newToken, qualified, QUERY_PREFIX, TABLES, temporaryName } from './names.js';
import { OtherUsers, type Look } from './other-users.js';
import { lengthSettings, PINNED } from './pinned-settings.js';
import { loadStatement } from './statement.js';
import { Turns } from './turns.js';
import { wellFormedRows } from './well-formed.js';

export type Params = Readonly<Record<string, unknown>>;

export interface QueryOptions extends Pick<Admission, 'onWait'> {
  readonly params?: Params;
  readonly settings?: Settings;
  readonly queryId?: string;
  readonly signal?: AbortSignal;
  /** Doesn't wait for its turn while others are at work: it watches, or ends, one that has its turn. */
  readonly urgent?: boolean;
}

/** What a statement did, from the server's summary. */
export interface Summary {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  /** As they are in memory. */
  readonly writtenBytes: number;
  readonly elapsedMs: number;
}

/** The connection to ClickHouse with the names of our tables. Unqualified names resolve in the source database. */
export interface Database {
  readonly settings: ClickHouseSettings;
  /** Qualified names of our tables, for statements. */
  readonly tables: Readonly<Record<keyof typeof TABLES, string>>;
  /** The qualified name of a temporary table of ours. */
  temporary(table: string): string;
  /** Rows of a SELECT. 64-bit integers arrive as strings. */
  select<Row>(sql: string, options?: QueryOptions): Promise<Row[]>;
  /** Runs a statement that returns no rows. */
  command(sql: string, options?: QueryOptions): Promise<Summary>;
  insert(table: string, rows: readonly Record<string, unknown>[]): Promise<void>;
  /** A statement of `sql/pipeline/`, with the names of our tables and `names` in their places. */
  statement(file: string, names?: Readonly<Record<string, string>>): string;
  /** Those of `wanted` that this server knows and lets our user change: any other setting would fail the query. */
  supported(wanted: Settings): Promise<Settings>;
  /** What a setting is where a statement says nothing of it; undefined where the server doesn't know it, or doesn't let our user change it. */
  profileSetting(name: keyof Settings): Promise<string | undefined>;
  /** Threads for a query that reads much, while other users are at work; undefined: the server's. */
  threadsBesideOthers(): Promise<number | undefined>;
  close(): Promise<void>;
}

const CONNECTION_SETTINGS: Settings = {
  session_timezone: 'UTC',
  async_insert: 0,
  wait_end_of_query: 1,
  output_format_json_quote_64bit_integers: 1,
  date_time_output_format: 'iso',
};

export interface ConnectionOptions {
  /** Seconds that a statement has which has no `max_execution_time` of its own. Default 60. */
  readonly requestTimeoutSeconds?: number;
  /** Seconds that one has beyond its own, so that the server gives up first, with a clean error. Default 60. */
  readonly marginSeconds?: number;
  /** Where unqualified names resolve. Default: the source database, which must exist then. */
  readonly database?: string;
  /** Settings of every statement that says nothing else, those of them that the server knows. Default: none. */
  readonly defaults?: Settings;
  /** Seconds that a statement waits for a place among the user's queries, before it counts as overloaded. Default 60. */
  readonly patienceSeconds?: number;
}

export function openDatabase(settings: ClickHouseSettings, options: ConnectionOptions = {}): Database {
  const client = createClient({
    url: settings.url,
    username: settings.user,
    password: settings.password.reveal(),
    application: applicationName(settings.database),
    // Errors reach people through what is thrown, once.
    log: { level: ClickHouseLogLevel.OFF },
    database: options.database ?? settings.sourceDatabase,
    // Each statement has its own deadline: the client knows only one for all.
    request_timeout: LONGEST_MS,
    max_open_connections: 128,
    use_multipart_params_auto: true,
    clickhouse_settings: { ...CONNECTION_SETTINGS },
  });
  return wrap(client, settings, options);
}

/** Beyond every deadline: no statement of ours may run longer than a day. */
const LONGEST_MS = 25 * 3_600_000;

function wrap(client: ClickHouseClient, settings: ClickHouseSettings, limits: ConnectionOptions): Database {
  const names = Object.entries(TABLES).map(([key, table]) => [key, qualified(settings.database, table)]);
  const tables = Object.fromEntries(names) as Database['tables'];
  const ids = { database: settings.database, source_database: settings.sourceDatabase };
  let known: Promise<ReadonlyMap<string, string>> | undefined;
  const others = new OtherUsers(async () => {
    const options = await withDefaults({ urgent: true });
    return await ask<Look>(loadStatement('pipeline/other-users.sql', ids), options);
  });
  const turns = new Turns(() => others.statements());
  const timed = <T>(options: QueryOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const own = Number(options.settings?.max_execution_time ?? 0);
    const seconds = own > 0 ? own + (limits.marginSeconds ?? 60) : (limits.requestTimeoutSeconds ?? 60);
    const once = () => requested(() => withinSeconds(seconds, options.signal, work));
    const say = () => untilAdmitted(once, { ...options, patienceSeconds: limits.patienceSeconds });
    return options.urgent ? say() : turns.take(say, options);
  };
  const ask = async <Row>(sql: string, options: QueryOptions): Promise<Row[]> => {
    return await timed(options, async (abort_signal) => {
      const result = await client.query({ ...common(sql, options), format: 'JSONEachRow', abort_signal });
      return await result.json<Row>();
    });
  };
  const readKnown = async () => {
    const sql = 'SELECT name, value FROM system.settings WHERE NOT readonly';
    // Every statement waits for it, a look at other users too.
    const rows = await ask<{ name: string; value: string }>(sql, { urgent: true });
    return new Map(rows.map(({ name, value }) => [name, value]));
  };
  const knownSettings = async () => {
    known ??= readKnown().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return await known;
  };
  const supported = async (wanted: Settings): Promise<Settings> => {
    const names = await knownSettings();
    return Object.fromEntries(Object.entries(wanted).filter(([name]) => names.has(name)));
  };
  const withDefaults = async (options: QueryOptions): Promise<QueryOptions> => {
    const settings = { ...(await supported({ ...PINNED, ...limits.defaults })), ...options.settings };
    return { ...options, settings };
  };
  return {
    settings,
    tables,
    select: async <Row>(sql: string, options: QueryOptions = {}) => await ask<Row>(sql, await withDefaults(options)),
    supported,
    profileSetting: async (name) => (await knownSettings()).get(name),
    threadsBesideOthers: () => others.threads(),
    temporary: (table) => qualified(settings.database, temporaryName(table)),
    statement: (file, more = {}) => loadStatement(file, { ...ids, ...tables, ...more }),
    async command(sql, own = {}) {
      const options = await withDefaults(own);
      const run = isInsert(sql) ? queried : commanded;
      return summaryOf(await timed(options, (signal) => run(client, common(sql, options), signal)));
    },
    async insert(table, rows) {
      if (rows.length === 0) return;
      const values = wellFormedRows(rows);
      const options = await withDefaults({});
      await timed(options, (abort_signal) =>
        client.insert({ table, values, format: 'JSONEachRow', ...saidWith(options), abort_signal }),
      );
    },
    close: () => client.close(),
  };
}

type Said = ReturnType<typeof common>;

async function commanded(client: ClickHouseClient, said: Said, abort_signal: AbortSignal): Promise<RawSummary> {
  return (await client.command({ ...said, abort_signal })).summary;
}

/** The client sends large parameters with a query alone, in its body: with a command they are a part of its address, which proxies cut. */
async function queried(client: ClickHouseClient, said: Said, abort_signal: AbortSignal): Promise<RawSummary> {
  // An INSERT takes a format, and returns nothing in it.
  const result = await client.query({ ...said, format: 'TabSeparated', abort_signal });
  await result.text();
  const summary = result.response_headers['x-clickhouse-summary'];
  return typeof summary === 'string' ? (JSON.parse(summary) as RawSummary) : undefined;
}

/** As the server's header has it. */
type RawSummary =
  Partial<Record<'read_rows' | 'read_bytes' | 'written_rows' | 'written_bytes' | 'elapsed_ns', string>> | undefined;

function summaryOf(summary: RawSummary): Summary {
  return {
    readRows: Number(summary?.read_rows ?? 0),
    readBytes: Number(summary?.read_bytes ?? 0),
    writtenRows: Number(summary?.written_rows ?? 0),
    writtenBytes: Number(summary?.written_bytes ?? 0),
    elapsedMs: Math.round(Number(summary?.elapsed_ns ?? 0) / 1e6),
  };
}

function isInsert(sql: string): boolean {
  return /^(\s|--.*\n)*INSERT\b/.test(sql);
}

async function requested<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    cameFromRequest(error);
    throw error;
  }
}

function common(sql: string, options: QueryOptions) {
  const { sql: query, params } = withLargeParams(sql, options.params);
  const settings = { ...lengthSettings(query), ...options.settings };
  return { query, ...saidWith({ ...options, settings }), ...(params ? { query_params: { ...params } } : {}) };
}

function saidWith(options: QueryOptions) {
  return {
    query_id: options.queryId ?? `${QUERY_PREFIX}${newToken()}`,
    ...(options.settings ? { clickhouse_settings: options.settings } : {}),
  };
}
