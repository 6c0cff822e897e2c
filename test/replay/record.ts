/**
 * Records the histories that replay.test.ts replays, from a real server. A new shape is recorded beside the old ones:
 * `npx tsx test/replay/record.ts swept daily continued` adds `daily-swept.json` and two more. Without a name all old files are
 * replaced: only when nothing of their shape runs anywhere.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { findTemporal } from '../../embedded/find-temporal.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, lost, permanently, untilCancelled } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openOwnServer, untilIdle, update, type WorkflowTests } from '../support/temporal-worker.js';

const DIRECTORY = join(import.meta.dirname, 'histories');
const [shape, ...scenarios] = process.argv.slice(2);

/** Says where, or with which build, a history was recorded, and is not looked at by a replay. */
const LEFT_OUT = new Set(['stackTrace', 'workerVersion', 'taskId', 'requestId']);

/** The events of a run, without what says where they were recorded. */
async function save(of: string, handle: WorkflowHandle): Promise<void> {
  const name = shape === undefined ? of : `${of}-${shape}`;
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  const anonymous = JSON.stringify(history, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : value));
  await writeFile(join(DIRECTORY, `${name}.json`), `${anonymous}\n`);
  console.log(`${name}: ${anonymous.length} bytes`);
}

async function daily(tests: WorkflowTests): Promise<void> {
  const pipeline = new FakePipeline();
  pipeline.hooks.lookback = () => ['2025-01-30', '2025-02-01'] as never;
  await tests.run(pipeline, async () => {
    const handle = await tests.daily();
    await handle.result();
    await save('daily', handle);
  });
}

/** A day that fails and is tried again, one that is lost, a pause with two reasons, and another concurrency. */
async function steered(tests: WorkflowTests): Promise<void> {
  const pipeline = new FakePipeline();
  const held = gate();
  let mended = false;
  pipeline.hooks.insert = async ({ partition }) => {
    if (partition === '2025-01-31' && !mended) throw permanently(FAILURE.template, 'no such column');
    if (partition >= '2025-02-02') await held.opened;
  };
  pipeline.hooks.verify = (partition) => {
    if (partition === '2025-01-30' && pipeline.inserts.get(partition) === 1) throw lost(partition);
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({
      from: '2025-01-30',
      to: '2025-02-04',
      maxPartitionsPerRun: 3,
      concurrency: 2,
    });
    await waitFor('the second chunk', () => pipeline.inserting.size === 2 && pipeline.inserting.has('2025-02-02'));
    await untilIdle(handle, 2);
    await update(handle, 'pause', { reason: 'night' });
    await update(handle, 'pause');
    held.open();
    await waitFor('a pause', async () => (await handle.query<{ done: number }>('progress')).done > 3);
    mended = true;
    await update(handle, 'setConcurrency', { concurrency: 1 });
    await update(handle, 'retryFailed');
    await update(handle, 'resume', { reason: 'night' });
    await update(handle, 'resume');
    await handle.result();
    await save('backfill-steered', handle);
  });
}

async function continued(tests: WorkflowTests): Promise<void> {
  await tests.run(new FakePipeline(), async () => {
    const input = { from: '2025-01-30', to: '2025-02-04', maxPartitionsPerRun: 2 };
    const handle = await tests.backfill(input);
    const { workflowId, firstExecutionRunId } = handle;
    await handle.result();
    await save('backfill-continued-1', tests.client.workflow.getHandle(workflowId, firstExecutionRunId));
    await save('backfill-continued-2', tests.client.workflow.getHandle(workflowId));
  });
}

async function cancelled(tests: WorkflowTests): Promise<void> {
  const pipeline = new FakePipeline();
  pipeline.hooks.insert = ({ partition }) => (partition > '2025-01-03' ? untilCancelled() : undefined);
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ from: '2025-01-02', to: '2025-01-07', maxPartitionsPerRun: 2 });
    await waitFor('the second chunk', () => pipeline.inserting.size === 2);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    await save('backfill-cancelled', handle);
  });
}

/** A month that another run publishes, and that its gate refuses afterwards. */
async function published(tests: WorkflowTests): Promise<void> {
  const pipeline = new FakePipeline();
  const held = gate();
  let publishes = 0;
  pipeline.hooks.publish = async () => {
    if (++publishes > 1) throw permanently(FAILURE.gate, 'a row too many');
    await held.opened;
  };
  await tests.run(pipeline, async () => {
    const other = await tests.publish('202501');
    await waitFor('the other publish', () => pipeline.publishing === 1);
    const handle = await tests.backfill({ from: '2025-01-01', to: '2025-01-01' });
    await waitFor('the accept', () => pipeline.log.includes('clean 0'));
    await untilIdle(handle);
    held.open();
    await handle.result();
    await save('publish', tests.client.workflow.getHandle('publish/202501', other.firstExecutionRunId));
    await save('publish-refused', tests.client.workflow.getHandle('publish/202501'));
    await save('backfill-waited', handle);
  });
}

async function record(suggestContinueAsNewAfter: number, ...all: ((tests: WorkflowTests) => Promise<void>)[]) {
  const chosen = all.filter(({ name }) => scenarios.length === 0 || scenarios.includes(name));
  if (chosen.length === 0) return;
  const tests = await openOwnServer((await findTemporal()).path, [
    `limit.historyCount.suggestContinueAsNew=${suggestContinueAsNewAfter}`,
    'history.workflowIdReuseMinimalInterval="0s"',
  ]);
  for (const scenario of chosen) await scenario(tests);
  await tests.close();
}

if (shape === undefined) await rm(DIRECTORY, { recursive: true, force: true });
await mkdir(DIRECTORY, { recursive: true });
await record(4096, daily, steered, cancelled, published);
await record(50, continued);
