/** Three ClickHouse servers, of which the first has our tables, Temporal, and as many workers as are asked for. */
import { rm } from 'node:fs/promises';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Client, Connection } from '@temporalio/client';
import { EXPECTED_TABLES } from '../clickhouse/expected-schema.js';
import { migrate } from '../clickhouse/migrate.js';
import { foreignEnvironment } from '../config/environment.js';
import { addDays, parsePartition } from '../config/partition.js';
import { loadSettings } from '../config/settings.js';
import { startClickHouse } from '../embedded/clickhouse-server.js';
import { freePort } from '../embedded/ports.js';
import { startTemporal } from '../embedded/temporal-server.js';
import { SEARCH_ATTRIBUTE, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import type { BackfillResult } from '../workflows/plan/outcomes.js';
import { cpuSeconds } from './processes.js';
import { reference } from './reference.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

/** The first of the days. */
const START = '2026-05-01';

/** What is varied. `shards: 0` is a plain table on the first server. */
export interface Point {
  readonly perDay: number;
  readonly teams: number;
  readonly days: number;
  readonly templates: number;
  readonly shards: number;
  readonly workers: number;
}

/** What one backfill of all days took. CPU in seconds. */
export interface Cost {
  /** Of our queries, on all servers. */
  readonly clickhouse: number;
  readonly worker: number;
  readonly temporal: number;
  /** Statements of ours on the first server, and those of them that are INSERTs of days. */
  readonly statements: number;
  readonly inserts: number;
  /** Rows and megabytes that our queries read, on all servers. */
  readonly rows: number;
  readonly megabytes: number;
  /** Megabytes that the other shards sent. */
  readonly sent: number;
  /** Events of the backfill's history. */
  readonly history: number;
  /** Rows that are visible at the end. */
  readonly visible: number;
}

const DIRECTORY = '.llma/bench-scaling';
const SHARDS = 3;
/** All that are shipped. The first ones are those of measurements of before. */
export const TEMPLATES = [
  'event_counts',
  'error_rates',
  'latency',
  'tokens_and_cost',
  'distinct_ids',
  'models_and_tools',
];
const COLUMNS =
  "uuid UUID, event String, properties String, timestamp DateTime64(6, 'UTC'), team_id Int64, distinct_id String, created_at DateTime64(3, 'UTC')";

export type ScalingGround = Awaited<ReturnType<typeof openScalingGround>>;

export async function openScalingGround() {
  await rm(DIRECTORY, { recursive: true, force: true });
  const { servers, clients } = await startServers();
  const temporal = await startTemporal({
    dataDir: `${DIRECTORY}/temporal`,
    searchAttributes: Object.values(SEARCH_ATTRIBUTE),
  });
  const environment = {
    CLICKHOUSE_URL: servers[0]?.url ?? '',
    TEMPORAL_ADDRESS: temporal.address,
    LLMA_LOG_LEVEL: 'WARN',
    LLMA_RECOVERY_SECONDS: '0',
  };
  await migrate(loadSettings({ ...foreignEnvironment(), ...environment }), { withSources: true });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  let workers: WorkerProcess[] = [];
  let runs = 0;
  const run = async (point: Point) => {
    const args = [{ from: START, to: lastDay(point), metrics: TEMPLATES.slice(0, point.templates) }];
    const workflowId = `bench/${runs++}`;
    const result = (await client.workflow.execute(WORKFLOW.backfill, {
      taskQueue: TASK_QUEUE,
      workflowId,
      args,
    })) as BackfillResult;
    if (result.published.length !== point.days)
      throw new Error(`not all days were published: ${JSON.stringify(result)}`);
    return await client.workflow.getHandle(workflowId).describe();
  };
  const cpu = async () => ({
    worker: sum(await Promise.all(workers.map(({ pid }) => cpuSeconds(pid)))),
    temporal: await cpuSeconds(temporal.pid),
  });
  return {
    /** Ends all workers, and starts as many new ones. */
    async setWorkers(count: number) {
      await Promise.all(workers.map((worker) => worker.stop()));
      workers = [];
      for (let n = 0; n < count; n++) {
        workers.push(await startWorkerProcess(environment, { kind: 'product' }));
      }
    },
    run,
    load: (point: Point) => load(clients, point),
    async measure(point: Point): Promise<Cost> {
      for (const one of clients) {
        // What was asked before is written first, and not after it was emptied.
        await one.command({ query: 'SYSTEM FLUSH LOGS query_log' });
        await one.command({ query: 'TRUNCATE TABLE IF EXISTS system.query_log' });
      }
      const before = await cpu();
      const { historyLength } = await run(point);
      const after = await cpu();
      return {
        worker: after.worker - before.worker,
        temporal: after.temporal - before.temporal,
        history: historyLength,
        ...(await queries(clients)),
      };
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all([connection.close(), ...clients.map((one) => one.close())]);
      await Promise.all([temporal.stop(), ...servers.map((server) => server.stop())]);
    },
  };
}

async function startServers() {
  const ports: number[] = [];
  while (ports.length < SHARDS) {
    const port = await freePort(ports.at(-1));
    if (!ports.includes(port)) ports.push(port);
  }
  const clusters = Object.fromEntries(ports.map((_, last) => [`first_${last + 1}`, ports.slice(0, last + 1)]));
  const servers = await Promise.all(
    ports.map((tcpPort, n) => startClickHouse({ dataDir: `${DIRECTORY}/clickhouse-${n}`, tcpPort, clusters })),
  );
  return {
    servers,
    clients: servers.map(({ url }) =>
      createClient({ url, request_timeout: 600_000, log: { level: ClickHouseLogLevel.OFF } }),
    ),
  };
}

function lastDay({ days }: Point) {
  return addDays(parsePartition(START), days - 1);
}

/** Empties all tables of ours, whatever migrations have made. */
export async function emptyTables(client: ClickHouseClient, database: string): Promise<void> {
  for (const { table } of EXPECTED_TABLES) await client.command({ query: `TRUNCATE TABLE ${database}.${table}` });
}

/** Empties our tables, and fills the events of a point, over the shards that it asks for. */
async function load(clients: readonly ClickHouseClient[], { perDay, teams, days, shards }: Point): Promise<void> {
  const [first] = clients as [ClickHouseClient];
  const say = (client: ClickHouseClient, query: string, query_params = {}) =>
    client.command({ query, query_params, clickhouse_settings: { wait_end_of_query: 1 } });
  await emptyTables(first, 'llma');
  await say(first, 'DROP TABLE IF EXISTS llma.events SYNC');
  const filled = clients.slice(0, Math.max(1, shards));
  const engine = 'ENGINE = MergeTree PARTITION BY toYYYYMM(timestamp) ORDER BY (team_id, toDate(timestamp), event)';
  for (const [n, client] of filled.entries()) {
    await say(client, 'CREATE DATABASE IF NOT EXISTS raw');
    await say(client, `CREATE OR REPLACE TABLE raw.held (${COLUMNS}) ${engine}`);
    const fill = reference('events.sql').replace('INSERT INTO events', 'INSERT INTO raw.held');
    await say(client, `${fill} WHERE number % ${filled.length} = ${n}`, {
      start: START,
      per_day: perDay,
      days,
      teams,
      pad: 440,
    });
    await say(client, 'OPTIMIZE TABLE raw.held FINAL');
  }
  if (shards === 0) await say(first, 'RENAME TABLE raw.held TO llma.events');
  else await say(first, `CREATE TABLE llma.events AS raw.held ENGINE = Distributed('first_${shards}', 'raw', 'held')`);
}

type Answer = Record<'statements' | 'inserts' | 'cpu' | 'rows' | 'megabytes' | 'sent', number>;

/** What our queries took since the logs were emptied. */
async function queries(clients: readonly ClickHouseClient[]) {
  const [first] = clients as readonly [ClickHouseClient];
  const rows: Answer[] = [];
  for (const client of clients) {
    await client.command({ query: 'SYSTEM FLUSH LOGS query_log' });
    const answer = await client.query({
      // A query's own numbers hold those of its parts on other servers; its CPU does not.
      query: `SELECT countIf(is_initial_query) AS statements,
          countIf(is_initial_query AND query_kind = 'Insert' AND position(query, 'llma_cand_') > 0 AND NOT has(tables, 'llma.llma_metrics_versions')) AS inserts,
          sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1e6 AS cpu,
          sumIf(read_rows, is_initial_query) AS rows, sumIf(read_bytes, is_initial_query) / 1e6 AS megabytes,
          sumIf(ProfileEvents['NetworkSendBytes'], NOT is_initial_query) / 1e6 AS sent
        FROM system.query_log WHERE type = 'QueryFinish' AND startsWith(initial_query_id, 'llma-')`,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    rows.push(...(await answer.json<Answer>()));
  }
  const all = (key: keyof Answer) => sum(rows.map((row) => Number(row[key])));
  const answer = await first.query({
    query: 'SELECT toUInt32(count()) AS n FROM llma.llma_metrics_daily',
    format: 'JSONEachRow',
  });
  const [visible] = await answer.json<{ n: number }>();
  return {
    clickhouse: all('cpu'),
    statements: all('statements'),
    inserts: all('inserts'),
    rows: all('rows'),
    megabytes: all('megabytes'),
    sent: all('sent'),
    visible: visible?.n ?? 0,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
