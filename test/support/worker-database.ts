import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { inject } from 'vitest';
import { migrate } from '../../clickhouse/migrate.js';
import { addDays, parsePartition } from '../../config/partition.js';
import { loadSettings } from '../../config/settings.js';
import { loadGenerated } from '../../examples/load-generated.js';
import { TWO_TEMPLATES } from './activity-deps.js';

/** Count and checksum of a day's rows: equal for equal rows, whatever their order. */
export type DaySum = string;

/** A database of one test, with our tables, `events`, and questions about them that use none of our code. */
export interface TestDatabase {
  readonly name: string;
  readonly clickhouse: ClickHouseClient;
  /** What a worker must be told to work with it. */
  readonly environment: Readonly<Record<string, string>>;
  select<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>;
  command(sql: string, params?: Record<string, unknown>): Promise<void>;
  /** Generates events, a few thousand a day, of `days` days that end on `endingOn`. */
  generate(days: number, endingOn: string): Promise<void>;
  /** Adds `events` events of one team to a day: late ones. */
  addEvents(day: string, events: number): Promise<void>;
  /** What each day's rows must be, from a query of its own on the raw events. */
  expected(days: readonly string[]): Promise<Map<string, DaySum>>;
  /** What `llma_metrics_daily` shows, in one read. Metrics whose names begin with `test_` don't count. */
  visible(): Promise<Map<string, DaySum>>;
  /** Temporary tables of ours. */
  leftovers(): Promise<string[]>;
  /** Ids of our queries that run now. */
  running(): Promise<string[]>;
  /** Of those, the INSERTs into a chunk's tables: not what is asked about them before. */
  runningInserts(): Promise<string[]>;
  drop(): Promise<void>;
}

const INDEPENDENT = readFileSync(new URL('./worker-independent.sql', import.meta.url), 'utf8');
const SUM = "concat(toString(count()), ' rows ', toString(sum(cityHash64(team, name, value))))";

/** Every day from `from` to `to`. */
export function days(from: string, to: string): string[] {
  const all: string[] = [];
  for (let day = parsePartition(from); day <= to; day = addDays(day, 1)) all.push(day);
  return all;
}

export async function openTestDatabase(url = inject('clickhouseUrl')): Promise<TestDatabase> {
  const name = `t_e2e_${randomBytes(4).toString('hex')}`;
  const environment = {
    CLICKHOUSE_URL: url,
    CLICKHOUSE_DATABASE: name,
    LLMA_PARTITION_START_DATE: '2024-01-01',
    // What worker-independent.sql computes.
    LLMA_METRICS: TWO_TEMPLATES.join(),
  };
  await migrate(loadSettings(environment, tmpdir()), { withSources: true });
  const clickhouse = createClient({
    url,
    database: name,
    request_timeout: 60_000,
    // Tests kill servers.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { session_timezone: 'UTC', wait_end_of_query: 1 },
  });
  return {
    name,
    clickhouse,
    environment,
    ...questions(clickhouse, name),
    async generate(count, endingOn) {
      await loadGenerated({ clickhouse, database: name, days: count, endingOn });
    },
    async drop() {
      await clickhouse.command({ query: `DROP DATABASE ${name} SYNC` });
      await clickhouse.close();
    },
  };
}

function questions(clickhouse: ClickHouseClient, name: string) {
  const select = async <Row>(sql: string, params: Record<string, unknown> = {}): Promise<Row[]> => {
    const result = await clickhouse.query({ query: sql, query_params: params, format: 'JSONEachRow' });
    return await result.json<Row>();
  };
  const command = async (sql: string, params: Record<string, unknown> = {}): Promise<void> => {
    await clickhouse.command({ query: sql, query_params: params });
  };
  const running = async (which: string) => {
    const rows = await select<{ query_id: string }>(
      `SELECT query_id FROM system.processes WHERE position(query, {name:String}) > 0 AND ${which}`,
      { name },
    );
    return rows.map((row) => row.query_id);
  };
  return {
    select,
    command,
    async addEvents(day: string, events: number) {
      await command(
        `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at, _timestamp)
         SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64({day:String}, 6, 'UTC') + number, 7, 'u', now(), now()
         FROM numbers({events:UInt32})`,
        { day, events },
      );
    },
    async expected(wanted: readonly string[]) {
      const sums = wanted.map(async (day) => {
        const [row] = await select<{ sum: DaySum }>(`SELECT ${SUM} AS sum FROM (${INDEPENDENT})`, { day });
        return [day, row?.sum ?? ''] as const;
      });
      return new Map(await Promise.all(sums));
    },
    async visible() {
      const rows = await select<{ day: string; sum: DaySum }>(
        `SELECT toString(date) AS day, ${SUM} AS sum
         FROM (SELECT date, team_id AS team, metric_name AS name, metric_value AS value FROM llma_metrics_daily WHERE name NOT LIKE 'test\\_%')
         GROUP BY date ORDER BY date`,
      );
      return new Map(rows.map(({ day, sum }) => [day, sum]));
    },
    async leftovers() {
      const rows = await select<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = {name:String} AND match(name, '^llma_(cand|pub|slice)_')`,
        { name },
      );
      return rows.map((row) => row.name);
    },
    running: () => running(`startsWith(query_id, 'llma-')`),
    runningInserts: () => running(`startsWith(query_id, 'llma-insert-') AND query_kind = 'Insert'`),
  };
}
