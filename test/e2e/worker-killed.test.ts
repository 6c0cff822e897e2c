/** What a crash and a deployment do to a running backfill: nothing that anybody sees. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BackfillResult } from '../../workflows/plan/outcomes.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { days, openTestDatabase, type TestDatabase } from '../support/worker-database.js';
import { killAllWorkers, runningWorkers, startWorkerProcess } from '../support/worker-process.js';
import { readConcurrently } from '../support/worker-reader.js';
import { copyTemplates, slowTemplate, type Templates } from '../support/worker-templates.js';

const DAYS = days('2025-03-25', '2025-04-05');
const RANGE = { from: DAYS[0], to: DAYS.at(-1) };

let temporal: TestNamespace;
let database: TestDatabase;
let templates: Templates;
let environment: Record<string, string>;

beforeAll(async () => {
  [temporal, database, templates] = await Promise.all([openNamespace(), openTestDatabase(), copyTemplates()]);
  environment = {
    ...database.environment,
    ...templates.environment,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    LLMA_SHUTDOWN_GRACE_SECONDS: '0',
  };
  await database.generate(DAYS.length, DAYS.at(-1) ?? '');
});

afterEach(async () => {
  expect(runningWorkers()).toEqual([]);
  expect(await database.leftovers()).toEqual([]);
  expect(await database.running()).toEqual([]);
});

afterAll(async () => {
  await killAllWorkers();
  await temporal.expectNothingOpen();
  await Promise.all([temporal.close(), database.drop(), templates.remove()]);
});

function backfill(workflowId: string, input: Record<string, unknown> = {}) {
  const args = [{ ...RANGE, maxPartitionsPerRun: 6, concurrency: 3, ...input }];
  return temporal.client.workflow.start('backfillMetrics', { taskQueue: 'llma-metrics', workflowId, args });
}

const T0 = Date.now();
const mark = (m: string) => console.log(m, Date.now() - T0);
describe('a worker that is killed in the middle of a chunk', () => {
  it('leaves work that the next one ends, and no reader sees anything of it', async () => {
    const before = await database.expected(DAYS);
    let worker = await startWorkerProcess(environment);
    mark('w1');
    const first = await backfill('before');
    expect(await first.result()).toMatchObject({ published: DAYS });
    expect(await database.visible()).toEqual(before);

    for (const day of DAYS) await database.addEvents(day, 100);
    const after = await database.expected(DAYS);
    expect(after).not.toEqual(before);
    await templates.write('test_slow', slowTemplate(400));
    const reader = readConcurrently(database, before, after);
    mark('run');
    const run = await backfill('killed');
    await waitFor('the second chunk', async () => (await progress(run)).done >= 6);
    await waitFor('inserts at work', async () => (await database.running('llma-insert-')).length >= 2);
    mark('kill');
    await worker.kill();
    expect(await database.leftovers()).not.toEqual([]);
    worker = await startWorkerProcess(environment);
    mark('w2');
    const result: BackfillResult = await run.result();
    expect(result).toMatchObject({ published: DAYS, failed: [], superseded: [] });
    mark('result');
    const { reads, wrong } = await reader.stop();
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(50);
    expect(await database.visible()).toEqual(after);
    expect(await worker.stop()).toBe(0);
  });
});

async function progress(run: Awaited<ReturnType<typeof backfill>>): Promise<{ done: number }> {
  return await run.query('progress');
}
