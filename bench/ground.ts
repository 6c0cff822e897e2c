/** Both servers, the schema, and a worker in a process of its own: what every benchmark of the whole job stands on. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { Client, Connection } from '@temporalio/client';
import { migrate } from '../clickhouse/migrate.js';
import { foreignEnvironment } from '../config/environment.js';
import { addDays, parsePartition } from '../config/partition.js';
import { loadSettings } from '../config/settings.js';
import { choosePort } from '../embedded/ports.js';
import { startStack } from '../embedded/stack.js';
import type { BackfillResult } from '../workflows/plan/outcomes.js';
import { SEARCH_ATTRIBUTE, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import { loadEvents, START, type Size } from './reference.js';

export interface Ground {
  /** In our database, where the events are too. */
  readonly clickhouse: ClickHouseClient;
  readonly url: string;
  readonly temporalAddress: string;
  /** Computes all days, and waits for the end. @returns milliseconds from start to result */
  backfill(name: string, input?: Readonly<Record<string, unknown>>): Promise<number>;
  /** CPU seconds that each process has taken so far. */
  cpu(): Promise<Record<'clickhouse' | 'temporal' | 'worker', number>>;
  close(): Promise<void>;
}

/** Of Linux, in every build that Node runs on: USER_HZ. */
const TICKS_PER_SECOND = 100;

const LLMA = fileURLToPath(new URL('../bin/llma.js', import.meta.url));

/** Servers with the events of one size, and a worker with the defaults. */
export async function openGround(size: Size): Promise<Ground> {
  const stack = await startStack({
    dataDir: '.llma/bench',
    fresh: true,
    searchAttributes: Object.values(SEARCH_ATTRIBUTE),
  });
  const last = addDays(parsePartition(START), size.days - 1);
  const environment = {
    CLICKHOUSE_URL: stack.clickhouse.url,
    TEMPORAL_ADDRESS: stack.temporal.address,
    LLMA_LOG_LEVEL: 'WARN',
    LLMA_WORKER_ADDRESS: `127.0.0.1:${await choosePort({ what: 'a worker' })}`,
  };
  await migrate(loadSettings({ ...foreignEnvironment(), ...environment }), { withSources: true });
  const clickhouse = createClient({ url: stack.clickhouse.url, database: 'llma', request_timeout: 3_600_000 });
  await loadEvents(clickhouse, size);
  const worker = await startWorker(environment);
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection });
  return {
    clickhouse,
    url: stack.clickhouse.url,
    temporalAddress: stack.temporal.address,
    async backfill(name, input = {}) {
      const began = performance.now();
      const result = (await client.workflow.execute(WORKFLOW.backfill, {
        taskQueue: TASK_QUEUE,
        workflowId: `bench/${name}`,
        args: [{ from: START, to: last, ...input }],
      })) as BackfillResult;
      const took = performance.now() - began;
      if (result.published.length !== size.days)
        throw new Error(`not all days were published: ${JSON.stringify(result)}`);
      return took;
    },
    async cpu() {
      const [ofClickhouse, ofTemporal, ofWorker] = await Promise.all(
        [stack.clickhouse.pid, stack.temporal.pid, worker.pid].map(cpuSeconds),
      );
      return { clickhouse: ofClickhouse ?? NaN, temporal: ofTemporal ?? NaN, worker: ofWorker ?? NaN };
    },
    async close() {
      worker.kill('SIGTERM');
      await once(worker, 'close');
      await Promise.all([connection.close(), clickhouse.close()]);
      await stack.stop();
    },
  };
}

/** User and system time of a process; not a number where there is no /proc. */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

/** `llma worker`, when it is healthy. */
export async function startWorker(environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [LLMA, 'worker'], {
    env: { ...foreignEnvironment(), ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // A benchmark that is interrupted leaves no worker behind.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const health = `http://${String(environment['LLMA_WORKER_ADDRESS'])}/healthz`;
  while (
    !(await fetch(health).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return child;
}
