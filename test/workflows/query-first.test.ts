/** A query that comes with a run's first task, as of `llma backfill` that shows progress: the run can still be replayed. */
import { randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { TASK_QUEUE } from '../../workflows/plan/names.js';
import { workflowBundle } from '../support/temporal-bundle.js';
import { FakePipeline } from '../support/temporal-fakes.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { quietRuntime } from '../support/temporal-runtime.js';

let temporal: TestNamespace;
let connection: NativeConnection;
beforeAll(async () => {
  await quietRuntime();
  temporal = await openNamespace(inject('temporalAddress'));
  connection = await NativeConnection.connect({ address: temporal.address });
});
afterAll(async () => {
  await connection.close();
  await temporal.close();
});

const RANGE = { from: '2025-01-01', to: '2025-01-02' };

test.each([
  ['backfillMetrics', RANGE],
  ['dailyMetrics', { partition: '2025-01-01' }],
])('%s', async (type, input) => {
  const { client, namespace } = temporal;
  const workflowId = `queried-${randomUUID()}`;
  const run = await client.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId, args: [input] });
  // Nobody works yet: the server keeps the query for the run's first task.
  const progress = run.query('progress').catch((error: unknown) => error);
  await expect.poll(async () => (await run.describe()).raw.pendingWorkflowTask?.state).toBe(1);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    activities: new FakePipeline().activities,
    workflowBundle: await workflowBundle(),
  });
  await worker.runUntil(async () => {
    expect(String(await progress)).toContain('there is no progress yet');
    await run.result();
  });
  const history = await run.fetchHistory();
  const events = (history.events ?? []).map(
    (event) =>
      event.markerRecordedEventAttributes?.markerName ?? (event.workflowTaskScheduledEventAttributes ? 'task' : ''),
  );
  // What makes it special: the local activity's marker ends a task of its own.
  const marker = events.indexOf('core_local_activity');
  expect(events.slice(marker, marker + 2)).toEqual(['core_local_activity', 'task']);
  await Worker.runReplayHistory(
    { workflowBundle: await workflowBundle(), replayName: 'query-first' },
    history,
    workflowId,
  );
});
