/** Backfills by a real worker on both real servers, against an independent query on the raw events. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { BackfillResult } from '../../workflows/plan/outcomes.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { days, openTestDatabase, type DaySum, type TestDatabase } from '../support/worker-database.js';
import { killAllWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { readConcurrently } from '../support/worker-reader.js';
import { COMPILER_SETTINGS, COMPILING_USER } from '../support/without-compiler.js';

/** Chunks of three, and one that is not full. */
const DAYS = days('2025-03-04', '2025-03-10');
const NOTHING = '0 rows 0';

let temporal: TestNamespace;
let database: TestDatabase;
let worker: WorkerProcess;
let expected: Map<string, DaySum>;
/** When the worker had started, by ClickHouse's clock. */
let started: string;

beforeAll(async () => {
  [temporal, database] = await Promise.all([openNamespace(inject('temporalAddress')), openTestDatabase()]);
  const addresses = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  [worker] = await Promise.all([
    startWorkerProcess({ ...database.environment, ...addresses, CLICKHOUSE_USER: COMPILING_USER.name }),
    database.generate(DAYS.length, DAYS.at(-1) ?? ''),
  ]);
  expected = await database.expected(DAYS);
  [{ started }] = (await database.select('SELECT toString(now64(6)) AS started')) as [{ started: string }];
});

afterEach(async () => {
  await temporal.expectNothingOpen();
  expect(await database.leftovers()).toEqual([]);
  expect(await database.running()).toEqual([]);
});

afterAll(async () => {
  await killAllWorkers();
  await temporal.close();
  await database.drop();
});

async function backfill(workflowId: string, input: Record<string, unknown>): Promise<BackfillResult> {
  const options = { taskQueue: 'llma-metrics', workflowId, args: [input] };
  return (await temporal.client.workflow.execute('backfillMetrics', options)) as BackfillResult;
}

/** Runs the `temporal` command as an operator would. @returns what it printed. */
async function cli(...args: readonly string[]): Promise<string> {
  const where = ['--address', temporal.address, '--namespace', temporal.namespace];
  const { stdout } = await promisify(execFile)(inject('temporalCliPath'), [...args, ...where]);
  return stdout;
}

const RANGE = { from: '2025-03-04', to: '2025-03-10' };

describe('a backfill of 7 days in chunks of 3', () => {
  it('gives each day exactly the rows of an independent query', async () => {
    expect(new Set(expected.values()).size).toBe(7);
    const result = await backfill('first', { ...RANGE, maxPartitionsPerRun: 3 });
    expect(result).toMatchObject({ ...RANGE, published: DAYS, failed: [], superseded: [] });
    expect(result.errors).toEqual({});
    expect(await database.visible()).toEqual(expected);
    const [{ rows } = { rows: 0 }] = await database.select<{ rows: number }>(
      'SELECT toUInt32(count()) AS rows FROM llma_metrics_daily',
    );
    expect(result.rows).toBe(rows);
  });

  it('changes nothing when it runs again, and another at once over some of the same days', async () => {
    const reader = readConcurrently(database, expected, expected);
    const results = await Promise.all([
      backfill('left', { from: '2025-03-04', to: '2025-03-08', maxPartitionsPerRun: 3 }),
      backfill('right', { from: '2025-03-06', to: '2025-03-10', maxPartitionsPerRun: 2, order: 'newest-first' }),
    ]);
    for (const { published, superseded, failed, from, to } of results) {
      expect([...published, ...superseded].sort()).toEqual(days(from, to));
      expect(failed).toEqual([]);
    }
    const { wrong, reads } = await reader.stop();
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(0);
    expect(await database.visible()).toEqual(expected);
  });

  it('of other days in the month loses none of them, and records a day without events', async () => {
    await database.command(
      `ALTER TABLE events DELETE WHERE toDate(timestamp) = '2025-03-07' SETTINGS mutations_sync = 1`,
    );
    await database.addEvents('2025-03-08', 50);
    const after = new Map([...expected, ...(await database.expected(['2025-03-08']))]);
    after.delete('2025-03-07');
    const result = await backfill('two-days', { from: '2025-03-07', to: '2025-03-08' });
    expect(result).toMatchObject({ published: ['2025-03-07', '2025-03-08'] });
    expect(await database.visible()).toEqual(after);
    expect((await database.expected(['2025-03-07'])).get('2025-03-07')).toBe(NOTHING);
    const status = await database.select(
      `SELECT toString(status) AS status, toUInt32(rows) AS rows, toUInt32(source_rows) AS source_rows, workflow_id
       FROM llma_partition_status WHERE date = '2025-03-07'`,
    );
    expect(status).toEqual([{ status: 'published', rows: 0, source_rows: 0, workflow_id: 'two-days' }]);
  });
});

describe('every statement of a worker, of which there are many small ones', () => {
  it('is nice to analysts, and is not compiled', async () => {
    await database.command('SYSTEM FLUSH LOGS query_log');
    const kinds = await database.select<{ kind: string; nice: string; compiled: string[] }>(
      `SELECT query_kind AS kind, Settings['os_threads_nice_value_query'] AS nice,
         arrayMap(name -> Settings[name], {compiler:Array(String)}) AS compiled
       FROM system.query_log WHERE http_user_agent LIKE concat('llma-metrics/', currentDatabase(), '%')
         AND type = 'QueryFinish' AND query_start_time_microseconds > {started:DateTime64(6)} GROUP BY ALL ORDER BY kind`,
      { started, compiler: COMPILER_SETTINGS },
    );
    const expectedOf = (kind: string) => ({ kind, nice: '19', compiled: ['0', '0', '0'] });
    expect(kinds).toEqual(['Alter', 'Create', 'Drop', 'Explain', 'Insert', 'KillQuery', 'Select'].map(expectedOf));
  });
});

describe("Temporal's own command", () => {
  it('does the same work with nothing of ours but the worker', async () => {
    const days = ['2025-03-09', '2025-03-10'];
    for (const day of days) await database.addEvents(day, 10);
    const after = await database.expected(days);
    const start = ['workflow', 'start', '--task-queue', 'llma-metrics', '--workflow-id', 'plain'];
    await cli(...start, '--type', 'backfillMetrics', '--input', '{"from":"2025-03-09","to":"2025-03-10"}');
    const printed = await cli('workflow', 'result', '--workflow-id', 'plain', '--output', 'json');
    expect(JSON.parse(printed)).toMatchObject({ status: 'COMPLETED', result: { published: days } });
    const visible = await database.visible();
    for (const day of days) expect(visible.get(day)).toBe(after.get(day));
    const query = ['workflow', 'query', '--workflow-id', 'plain', '--type', 'progress', '--output', 'json'];
    expect(JSON.parse(await cli(...query))).toMatchObject({ queryResult: [{ state: 'done', total: 2, done: 2 }] });
  });

  it('computes yesterday, and what the days before it miss', async () => {
    const start = ['workflow', 'start', '--task-queue', 'llma-metrics', '--workflow-id', 'daily'];
    await cli(...start, '--type', 'dailyMetrics');
    const printed = await cli('workflow', 'result', '--workflow-id', 'daily', '--output', 'json');
    const { result } = JSON.parse(printed) as { result: { partition: string; days: { outcome: string }[] } };
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    expect(result.partition).toBe(yesterday);
    // None of the look-back's three days was ever computed.
    expect(result.days.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 4 }, () => 'published'));
  });
});

describe('the worker', () => {
  it('serves its health and its metrics', async () => {
    const health = await fetch(`${worker.url}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { state: 'RUNNING' }]);
    const metrics = await fetch(`${worker.url}/metrics`);
    expect(metrics.status).toBe(200);
    const text = await metrics.text();
    expect(text).toMatch(/^temporal_worker_task_slots_available\{.*worker_type="ActivityWorker".*\} \d+$/m);
    expect(text).toMatch(/^temporal_workflow_completed\{.*workflow_type="backfillMetrics".*\} \d+$/m);
    expect((await fetch(`${worker.url}/`)).status).toBe(404);
  });

  it('ends with code 0 when it is asked to', async () => {
    expect(await worker.stop()).toBe(0);
    await expect(fetch(`${worker.url}/healthz`)).rejects.toThrow();
  });
});
