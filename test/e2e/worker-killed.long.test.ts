/** What a crash and a deployment do to a running backfill: nothing that anybody sees. */
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import type { BackfillResult } from '../../workflows/plan/outcomes.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { days, openTestDatabase, type TestDatabase } from '../support/worker-database.js';
import { killAllWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { readConcurrently } from '../support/worker-reader.js';
import { copyTemplates, slowTemplate, type Templates } from '../support/worker-templates.js';

const DAYS = days('2025-03-30', '2025-04-03');
const RANGE = { from: DAYS[0], to: DAYS.at(-1) };

let temporal: TestNamespace;
let database: TestDatabase;
let templates: Templates;
let worker: WorkerProcess;

beforeAll(async () => {
  [temporal, database, templates] = await Promise.all([
    openNamespace(inject('temporalAddress')),
    openTestDatabase(),
    copyTemplates(),
  ]);
  [worker] = await Promise.all([newWorker(), database.generate(DAYS.length, DAYS.at(-1) ?? '')]);
});

afterEach(async () => {
  await temporal.expectNothingOpen();
  expect(await database.leftovers()).toEqual([]);
  expect(await database.running()).toEqual([]);
});

afterAll(async () => {
  await killAllWorkers();
  await Promise.all([temporal.close(), database.drop(), templates.remove()]);
});

function newWorker(): Promise<WorkerProcess> {
  return startWorkerProcess({
    ...database.environment,
    ...templates.environment,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    LLMA_SHUTDOWN_GRACE_SECONDS: '0',
  });
}

async function backfill(workflowId: string, input: Record<string, unknown> = {}) {
  const args = [{ ...RANGE, maxPartitionsPerRun: 3, concurrency: 3, ...input }];
  return await temporal.client.workflow.start('backfillMetrics', { taskQueue: 'llma-metrics', workflowId, args });
}

const insertsAtWork = () => waitFor('inserts at work', async () => (await database.runningInserts()).length >= 2);

it('a worker that is killed in the middle of a chunk leaves work that the next one ends, and no reader sees anything', async () => {
  const before = await database.expected(DAYS);
  expect(await (await backfill('before')).result()).toMatchObject({ published: DAYS });
  expect(await database.visible()).toEqual(before);

  for (const day of DAYS) await database.addEvents(day, 100);
  const after = await database.expected(DAYS);
  expect(DAYS.filter((day) => after.get(day) === before.get(day))).toEqual([]);
  await templates.write('test_slow', slowTemplate(400));
  const reader = readConcurrently(database, before, after);
  const run = await backfill('killed');
  const current = async () => (await run.query<{ current: string[] }>('progress')).current;
  await waitFor('the second chunk', async () => (await current()).some((day) => day >= DAYS[3]!));
  await insertsAtWork();
  await worker.kill();
  expect(await database.leftovers()).not.toEqual([]);
  worker = await newWorker();

  const result = (await run.result()) as BackfillResult;
  expect(result).toMatchObject({ published: DAYS, failed: [], superseded: [] });
  const { reads, wrong } = await reader.stop();
  expect(wrong).toEqual([]);
  expect(reads).toBeGreaterThan(30);
  expect(await database.visible()).toEqual(after);
}, 120_000);

it('a worker that is asked to end kills its query and leaves at once; the next one does it again, and mends what it finds', async () => {
  const before = await database.visible();
  await templates.write('test_slow', slowTemplate(5000));
  const april = days('2025-04-01', '2025-04-02');
  for (const day of april) await database.addEvents(day, 10);
  const run = await backfill('asked-to-end', { from: april[0], to: april.at(-1) });
  await insertsAtWork();
  const asked = Date.now();
  expect(await worker.stop()).toBe(0);
  expect(Date.now() - asked).toBeLessThan(4000);
  expect(await database.running()).toEqual([]);
  expect(await database.visible()).toEqual(before);

  // A month that somebody has spoilt: the next worker finds that it is not what was accepted.
  await database.command(`ALTER TABLE llma_metrics_daily DELETE WHERE date = '2025-03-30' SETTINGS mutations_sync = 1`);
  await templates.write('test_slow', slowTemplate(20));
  worker = await newWorker();
  expect(await run.result()).toMatchObject({ published: april, failed: [] });
  const mended = new Map([...before, ...(await database.expected(april))]);
  await waitFor('the mended month', async () => (await database.visible()).has('2025-03-30'));
  expect(await database.visible()).toEqual(mended);
  expect(await worker.stop()).toBe(0);
}, 120_000);
