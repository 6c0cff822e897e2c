/** What ClickHouse's own log says about statements. */
import type { ClickHouseClient } from '@clickhouse/client';

/** A statement that has ended. */
export interface Logged {
  readonly query_id: string;
  readonly query_kind: string;
  readonly log_comment: string;
  readonly ms: number;
  readonly read_rows: number;
  readonly read_bytes: number;
  readonly written_rows: number;
  readonly written_bytes: number;
  readonly memory_usage: number;
  readonly cpu_ms: number;
  /** Whether it read the table `events`. */
  readonly reads_events: boolean;
  /** What it reads and writes, without the database. */
  readonly tables: readonly string[];
  /** Its first words, without what differs from time to time. */
  readonly text: string;
}

const COLUMNS = `query_id, query_kind, log_comment, query_duration_ms AS ms, read_rows, read_bytes, memory_usage,
    (ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1000 AS cpu_ms,
    written_rows, written_bytes,
    arrayMap(name -> arrayElement(splitByChar('.', name), -1), q.tables) AS tables,
    has(q.tables, currentDatabase() || '.events') AS reads_events, left(normalizeQuery(query), 300) AS text`;

/** The server's clock, in microseconds. */
export async function serverTime(clickhouse: ClickHouseClient): Promise<number> {
  const [row] = await rows<{ now: number }>(clickhouse, `SELECT toUnixTimestamp64Micro(now64(6)) AS now`);
  return row?.now ?? NaN;
}

/** Our own statements that began since then. */
export async function statementsSince(clickhouse: ClickHouseClient, since: number): Promise<Logged[]> {
  return await logged(
    clickhouse,
    `toUnixTimestamp64Micro(query_start_time_microseconds) >= {since:Int64} AND startsWith(http_user_agent, 'llma-metrics/')`,
    { since },
  );
}

/** Milliseconds in the server of each query of a user that began since then, in their order. */
export async function timesOf(clickhouse: ClickHouseClient, user: string, since: number): Promise<number[]> {
  await clickhouse.command({ query: 'SYSTEM FLUSH LOGS query_log' });
  const sql = `SELECT (toUnixTimestamp64Micro(event_time_microseconds) - toUnixTimestamp64Micro(query_start_time_microseconds)) / 1000 AS ms
    FROM system.query_log WHERE type = 'QueryFinish' AND user = {user:String} AND toUnixTimestamp64Micro(query_start_time_microseconds) >= {since:Int64}
    ORDER BY query_start_time_microseconds`;
  return (await rows<{ ms: number }>(clickhouse, sql, { user, since })).map(({ ms }) => ms);
}

/** Statements by their ids. @throws Error when one is not in the log */
export async function statementsOf(clickhouse: ClickHouseClient, ids: readonly string[]): Promise<Map<string, Logged>> {
  const found = await logged(clickhouse, 'has({ids:Array(String)}, query_id)', { ids });
  const missing = ids.find((id) => !found.some(({ query_id }) => query_id === id));
  if (missing !== undefined) throw new Error(`query ${missing} is not in system.query_log`);
  return new Map(found.map((one) => [one.query_id, one]));
}

async function logged(clickhouse: ClickHouseClient, where: string, params: Record<string, unknown>): Promise<Logged[]> {
  await clickhouse.command({ query: 'SYSTEM FLUSH LOGS query_log' });
  const sql = `SELECT ${COLUMNS} FROM system.query_log AS q WHERE type = 'QueryFinish' AND is_initial_query AND ${where}`;
  const found = await rows<Logged>(clickhouse, sql, params);
  return found.map((row) => ({ ...row, reads_events: Boolean(row.reads_events) }));
}

/** Rows of a query of the benchmark's own. */
export async function rows<Row>(
  clickhouse: ClickHouseClient,
  query: string,
  query_params: Record<string, unknown> = {},
): Promise<Row[]> {
  const result = await clickhouse.query({ query, query_params, format: 'JSONEachRow' });
  return await result.json<Row>();
}
