/** Both servers, the schema, and a worker in a process of its own, all with the shipped defaults: what every benchmark stands on. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Client, Connection } from '@temporalio/client';
import { migrate } from '../clickhouse/migrate.js';
import { foreignEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/settings.js';
import type { ClickHouseUser } from '../embedded/clickhouse-config.js';
import { startStack, type Stack } from '../embedded/stack.js';
import { SEARCH_ATTRIBUTE } from '../workflows/plan/names.js';
import { loadEvents } from './data.js';
import type { Size } from './sizes.js';
import { startWorkerProcess, type WorkerKind, type WorkerProcess } from './worker-process.js';

export interface Ground {
  /** In our database, where the events are too. */
  readonly clickhouse: ClickHouseClient;
  readonly url: string;
  readonly database: string;
  readonly client: Client;
  readonly pids: Readonly<Record<ProcessName, number>>;
  close(): Promise<void>;
}

/** The processes that a job keeps busy. */
export type ProcessName = 'clickhouse' | 'temporal' | 'worker';

export interface GroundOptions {
  /** Where ClickHouse keeps what is generated, from run to run. Temporal's file is new each time. */
  readonly dataDir: string;
  /** Of the events; without it there are none. */
  readonly size?: Size;
  /** Settings of the worker besides its defaults. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly users?: readonly ClickHouseUser[];
  /** Default: the product's. */
  readonly worker?: WorkerKind;
  /** Where the worker's CPU profiles go, when it ends. */
  readonly profileDir?: string | undefined;
  /** Told what takes long. */
  readonly note?: (line: string) => void;
}

/** Our database: empty when a ground is opened. */
const DATABASE = 'llma';

/** Starts everything, with the events of one size. If something fails, nothing is left running. */
export async function openGround(options: GroundOptions): Promise<Ground> {
  const { dataDir } = options;
  await rm(join(dataDir, 'temporal'), { recursive: true, force: true });
  const stack = await startStack({
    dataDir,
    ...(options.users ? { users: options.users } : {}),
    searchAttributes: Object.values(SEARCH_ATTRIBUTE),
  });
  const opened: { close(): Promise<unknown> }[] = [{ close: () => stack.stop() }];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  };
  try {
    const clickhouse = await prepare(stack, options);
    opened.push(clickhouse);
    const connection = await Connection.connect({ address: stack.temporal.address });
    opened.push(connection);
    const worker = await startWorkerProcess(
      { ...environmentOf(stack), ...options.environment },
      { kind: options.worker ?? 'product', profileDir: options.profileDir },
    );
    opened.push({ close: () => worker.stop() });
    const { url } = stack.clickhouse;
    return {
      clickhouse,
      url,
      database: DATABASE,
      client: new Client({ connection }),
      pids: pidsOf(stack, worker),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function prepare(stack: Stack, { size, note }: GroundOptions): Promise<ClickHouseClient> {
  const { url } = stack.clickhouse;
  const admin = createClient({ url });
  await admin.command({ query: `DROP DATABASE IF EXISTS ${DATABASE} SYNC` });
  await admin.close();
  await migrate(loadSettings({ ...foreignEnvironment(), ...environmentOf(stack) }), { withSources: true });
  // As our own connections: an INSERT is done when it has answered.
  const settings = {
    session_timezone: 'UTC',
    wait_end_of_query: 1,
    output_format_json_quote_64bit_integers: 0,
  } as const;
  const clickhouse = createClient({
    url,
    database: DATABASE,
    request_timeout: 3_600_000,
    // What goes wrong is thrown.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: settings,
  });
  if (size) await loadEvents(clickhouse, size, note);
  return clickhouse;
}

function environmentOf(stack: Stack): Record<string, string> {
  return {
    CLICKHOUSE_URL: stack.clickhouse.url,
    CLICKHOUSE_DATABASE: DATABASE,
    TEMPORAL_ADDRESS: stack.temporal.address,
    LLMA_LOG_LEVEL: 'WARN',
    // The sizes begin earlier than an installation does.
    LLMA_PARTITION_START_DATE: '2016-01-01',
  };
}

function pidsOf(stack: Stack, worker: WorkerProcess): Ground['pids'] {
  return { clickhouse: stack.clickhouse.pid, temporal: stack.temporal.pid, worker: worker.pid };
}
