/** ClickHouse and Temporal going away in the middle: the work waits, goes on, and ends right. On servers of this test's own. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startStack, type Stack } from '../../embedded/stack.js';
import { serverDirectory } from '../support/server-directory.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { days, openTestDatabase, type DaySum, type TestDatabase } from '../support/worker-database.js';
import { killAllWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { forTests } from '../support/for-tests.js';
import { readConcurrently } from '../support/worker-reader.js';
import { copyTemplates, slowTemplate, type Templates } from '../support/worker-templates.js';

/** Two chunks. */
const DAYS = days('2025-03-29', '2025-04-03');

let dataDir: string;
let stack: Stack;
let temporal: TestNamespace;
let database: TestDatabase;
let templates: Templates;
let worker: WorkerProcess;
let before: Map<string, DaySum>;

beforeAll(async () => {
  dataDir = serverDirectory();
  forTests(join(dataDir, 'clickhouse'));
  [stack, templates] = await Promise.all([startStack({ dataDir }), copyTemplates()]);
  temporal = await openNamespace(stack.temporal.address);
  database = await openTestDatabase(stack.clickhouse.url);
  const addresses = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  [worker] = await Promise.all([
    startWorkerProcess({ ...database.environment, ...templates.environment, ...addresses }),
    database.generate(DAYS.length, DAYS.at(-1) ?? ''),
  ]);
  before = await database.expected(DAYS);
  expect(await (await backfill('before')).result()).toMatchObject({ published: DAYS });
  await templates.write('test_slow', slowTemplate(1000));
});

afterEach(async () => {
  await temporal.expectNothingOpen();
  expect(await database.leftovers()).toEqual([]);
  expect(await database.running()).toEqual([]);
  before = await database.visible();
});

afterAll(async () => {
  await killAllWorkers();
  await temporal.close();
  await database.clickhouse.close();
  await stack.stop();
  await Promise.all([rm(dataDir, { recursive: true, force: true }), templates.remove()]);
});

async function backfill(workflowId: string) {
  const args = [{ from: DAYS[0], to: DAYS.at(-1), maxPartitionsPerRun: 3, concurrency: 2 }];
  return await temporal.client.workflow.start('backfillMetrics', { taskQueue: 'llma-metrics', workflowId, args });
}

/** Late events everywhere, and a backfill that computes its second chunk while `harm` is done. */
async function backfillWhile(workflowId: string, harm: () => Promise<void>): Promise<void> {
  for (const day of DAYS) await database.addEvents(day, 100);
  const after = await database.expected(DAYS);
  expect(DAYS.filter((day) => after.get(day) === before.get(day))).toEqual([]);
  const reader = readConcurrently(database, before, after);
  const run = await backfill(workflowId);
  await waitFor('the last day of the second chunk, alone', async () => {
    const { done, current } = await run.query<{ done: number; current: string[] }>('progress');
    return done === 3 && current.length === 1 && current[0] === DAYS[5];
  });
  await waitFor('its insert', async () => (await database.runningInserts()).length === 1);
  await harm();
  expect(await run.result()).toMatchObject({ published: DAYS, failed: [], superseded: [] });
  const { reads, wrong } = await reader.stop();
  expect(wrong).toEqual([]);
  expect(reads).toBeGreaterThan(20);
  expect(await database.visible()).toEqual(after);
}

it('ClickHouse is killed while it computes, and comes back: what was lost with its memory is computed again', async () => {
  await backfillWhile('clickhouse-killed', async () => {
    expect(await candidates()).toBeGreaterThan(0);
    await stack.clickhouse.kill();
    await stack.clickhouse.restart();
    expect(await candidates()).toBe(0);
  });
}, 120_000);

/** Rows in candidates tables: in memory, so a restart leaves none. */
async function candidates(): Promise<number> {
  const [row] = await database.select<{ rows: number }>(
    `SELECT toUInt32(sum(total_rows)) AS rows FROM system.tables WHERE database = {name:String} AND name LIKE 'llma\\_cand\\_%'`,
    { name: database.name },
  );
  return row?.rows ?? 0;
}

it('Temporal is killed, and comes back with its file: the run goes on where it was', async () => {
  await backfillWhile('temporal-killed', async () => {
    await stack.temporal.kill();
    await stack.temporal.restart();
  });
}, 120_000);

it('the worker outlived both', async () => {
  expect(await worker.stop()).toBe(0);
});
