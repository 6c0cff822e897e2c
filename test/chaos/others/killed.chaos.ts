/** What other tools lose when something is killed: docs/guards.md says which and how much. On servers of this test's own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startStack, type Stack } from '../../../embedded/stack.js';
import { openNamespace, type TestNamespace } from '../../support/temporal-namespace.js';
import { waitFor } from '../../support/temporal-wait-for.js';
import { days, openTestDatabase, type DaySum, type TestDatabase } from '../../support/worker-database.js';
import { killAllWorkers, startWorkerProcess, type WorkerProcess } from '../../support/worker-process.js';
import { readConcurrently } from '../../support/worker-reader.js';

const DAYS = days('2025-03-02', '2025-04-30');
const KILLS = 5;

let dataDir: string;
let stack: Stack;
let temporal: TestNamespace;
let database: TestDatabase;
let worker: WorkerProcess;
let before: Map<string, DaySum>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'llma-chaos-'));
  stack = await startStack({ dataDir });
  temporal = await openNamespace(stack.temporal.address);
  database = await openTestDatabase(stack.clickhouse.url);
  worker = await newWorker();
  for (const [index, day] of DAYS.entries()) await database.addEvents(day, 100 + index);
  expect(await (await backfill('first')).result()).toMatchObject({ published: DAYS });
  before = await database.visible();
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
  await rm(dataDir, { recursive: true, force: true });
});

function newWorker(): Promise<WorkerProcess> {
  const addresses = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  return startWorkerProcess({ ...database.environment, ...addresses });
}

async function backfill(workflowId: string) {
  const args = [{ from: DAYS[0], to: DAYS.at(-1), maxPartitionsPerRun: 5 }];
  return await temporal.client.workflow.start('backfillMetrics', { taskQueue: 'llma-metrics', workflowId, args });
}

/** Late events everywhere, and a backfill that is harmed; readers watch it to its end, and nobody helps. */
async function backfillWhile(workflowId: string, harm: (done: (days: number) => Promise<void>) => Promise<void>) {
  for (const day of DAYS) await database.addEvents(day, 10);
  const after = await database.expected(DAYS);
  const reader = readConcurrently(database, before, after);
  const run = await backfill(workflowId);
  await harm(async (count) => {
    await waitFor(`${count} days`, async () => (await run.query<{ done: number }>('progress')).done >= count, 120_000);
  });
  expect(await run.result()).toMatchObject({ published: DAYS, failed: [], superseded: [] });
  const { reads, wrong } = await reader.stop();
  expect(wrong).toEqual([]);
  // Not one stale day.
  expect(await database.visible()).toEqual(after);
  console.log(`${workflowId}: ${DAYS.length} days, ${reads} reads, 0 wrong, 0 stale`);
}

it('a worker that is killed in the middle of a restatement leaves no day stale', async () => {
  await backfillWhile('restatement', async (done) => {
    await done(30);
    await worker.kill();
    worker = await newWorker();
  });
});

it('a worker that is killed five times in a re-run leaves no day empty and no table behind', async () => {
  await backfillWhile('five-kills', async (done) => {
    for (let kill = 0; kill < KILLS; kill++) {
      await done(10 * kill);
      await worker.kill();
      worker = await newWorker();
    }
  });
});

it('ClickHouse, Temporal and the worker are killed at once: started again, the backfill ends by itself', async () => {
  await backfillWhile('everything-killed', async (done) => {
    await done(20);
    await Promise.all([worker.kill(), stack.clickhouse.kill(), stack.temporal.kill()]);
    await Promise.all([stack.clickhouse.restart(), stack.temporal.restart()]);
    worker = await newWorker();
  });
});
