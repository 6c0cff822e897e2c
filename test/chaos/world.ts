import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { migrate } from '../../clickhouse/migrate.js';
import { addDays, fromTime, previousDay, type Partition } from '../../config/partition.js';
import { loadSettings } from '../../config/settings.js';
import { startStack, type Stack } from '../../embedded/stack.js';
import { openTemporal, type Temporal } from '../../scripts/connect.js';
import { SEARCH_ATTRIBUTE } from '../../workflows/plan/names.js';
import { forTests } from '../support/for-tests.js';
import { workflowBundle } from '../support/temporal-bundle.js';
import type { Guard } from '../support/unguarded/guards.js';
import { copyTemplates, type Templates } from '../support/worker-templates.js';
import { History } from './history.js';
import type { Log } from './log.js';
import type { StatementKind } from './plan.js';
import { WorkerSlot } from './worker-slot.js';

export interface WorldOptions {
  readonly dataDir: string;
  readonly days: number;
  readonly workers: number;
  readonly guardsOff: readonly Guard[];
  readonly log: Log;
}

/** The installation that is harmed, and the campaign's own ways to look at it, which no fault touches. */
export interface World {
  readonly stack: Stack;
  readonly slots: readonly WorkerSlot[];
  readonly temporal: Temporal;
  readonly days: readonly Partition[];
  readonly history: History;
  readonly log: Log;
  readonly settings: ReturnType<typeof loadSettings>;
  select<Row>(sql: string, options?: { params?: Record<string, unknown>; queryId?: string }): Promise<Row[]>;
  command(sql: string, params?: Record<string, unknown>): Promise<void>;
  /** The next statement of this kind of any of these workers, at the moment it goes to the server; false when none came. */
  next(kind: StatementKind, slots?: readonly WorkerSlot[]): Promise<boolean>;
  close(): Promise<void>;
}

/** The campaign's own: what is done to the workers' user is not done to the readers. */
const OWN_USER = { name: 'chaos', password: 'chaos' };
/** Longest wait for the moment that a fault is aimed at, in ms. */
const AIM_WITHIN = 6000;

/** Starts servers of its own, with our schema, and workers that reach ClickHouse through a proxy each. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { dataDir, log } = options;
  // Begins with no data.
  for (const of of ['clickhouse', 'temporal']) rmSync(join(dataDir, of), { recursive: true, force: true });
  forTests(join(dataDir, 'clickhouse'));
  const [stack, templates] = await Promise.all([
    startStack({
      dataDir,
      searchAttributes: Object.values(SEARCH_ATTRIBUTE),
      users: [OWN_USER],
      log: (line) => log.write('server', { line }),
    }),
    copyTemplates(),
    workflowBundle(),
  ]);
  try {
    return await furnish(options, stack, templates);
  } catch (error) {
    await Promise.all([stack.stop(), templates.remove()]);
    throw error;
  }
}

async function furnish(options: WorldOptions, stack: Stack, templates: Templates): Promise<World> {
  const { log, guardsOff } = options;
  const days = daysEndingYesterday(options.days);
  for (const name of ['slow_events', 'states/slow_events']) await templates.write(name, ownSql(`${name}.sql`));
  const environment = environmentOf(stack, templates, days);
  const settings = loadSettings({ ...environment, CLICKHOUSE_URL: stack.clickhouse.url }, options.dataDir);
  await migrate(settings, { withSources: true });
  const temporal = await openTemporal(settings);
  const clickhouse = openOwnClient(stack.clickhouse.url);
  const slots = Array.from({ length: options.workers }, (_, index) => {
    const tell = (line: string) => log.write('worker', { line });
    return new WorkerSlot({ index, clickhouseUrl: stack.clickhouse.url, environment, guardsOff, log: tell });
  });
  await Promise.all(slots.map((slot) => slot.open()));
  return {
    ...{ stack, slots, temporal, days, log, settings, history: new History(days) },
    async select<Row>(
      query: string,
      { params = {}, queryId }: { params?: Record<string, unknown>; queryId?: string } = {},
    ) {
      const id = queryId === undefined ? {} : { query_id: queryId };
      const result = await clickhouse.query({ query, query_params: params, format: 'JSONEachRow', ...id });
      return await result.json<Row>();
    },
    async command(query, params = {}) {
      await clickhouse.command({ query, query_params: params });
    },
    next: (kind, of = slots) => nextStatement(kind, of),
    async close() {
      await Promise.allSettled(slots.map((slot) => slot.close()));
      await Promise.allSettled([clickhouse.close(), temporal.connection.close(), templates.remove()]);
      await stack.stop();
    },
  };
}

/** The text of one of the campaign's statements. */
export function ownSql(file: string): string {
  return readFileSync(new URL(`./sql/${file}`, import.meta.url), 'utf8');
}

function daysEndingYesterday(count: number): Partition[] {
  const last = previousDay(fromTime(Date.now()));
  return Array.from({ length: count }, (_, index) => addDays(last, index + 1 - count));
}

function environmentOf(stack: Stack, templates: Templates, days: readonly Partition[]): Record<string, string> {
  return {
    ...templates.environment,
    TEMPORAL_ADDRESS: stack.temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    LLMA_PARTITION_START_DATE: days[0] ?? '',
    LLMA_WORKER_ADDRESS: '127.0.0.1:0',
    LLMA_LOG_LEVEL: 'ERROR',
    LLMA_SHUTDOWN_GRACE_SECONDS: '1',
    // A run each minute.
    LLMA_CRON_SCHEDULE: '* * * * *',
  };
}

function openOwnClient(url: string): ClickHouseClient {
  return createClient({
    url,
    username: OWN_USER.name,
    password: OWN_USER.password,
    database: 'llma',
    request_timeout: 20_000,
    log: { level: ClickHouseLogLevel.OFF },
    // The server is killed: connections that are kept would be the dead one's.
    keep_alive: { enabled: false },
    clickhouse_settings: { session_timezone: 'UTC', wait_end_of_query: 1, output_format_json_quote_64bit_integers: 0 },
  });
}

async function nextStatement(kind: StatementKind, slots: readonly WorkerSlot[]): Promise<boolean> {
  const stops: (() => void)[] = [];
  const seen = new Promise<boolean>((resolve) => {
    for (const { proxy } of slots) stops.push(proxy.watch((found) => found === kind && resolve(true)));
  });
  const timer = new AbortController();
  const late = sleep(AIM_WITHIN, false, { signal: timer.signal }).catch(() => false);
  const came = await Promise.race([seen, late]);
  timer.abort();
  for (const stop of stops) stop();
  return came;
}
