import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle, WorkflowHandleWithFirstExecutionRunId as Handle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import { timeSkippingServerPath } from '../../embedded/test-server.js';
import type { backfillMetrics, dailyMetrics, publishMonth } from '../../workflows/index.js';
import { TASK_QUEUE } from '../../workflows/plan/names.js';
import type { BackfillInput } from '../../workflows/run-state.js';
import { workflowBundle } from './temporal-bundle.js';
import { FakePipeline } from './temporal-fakes.js';
import { openNamespace, registerSearchAttributes } from './temporal-namespace.js';
import { quietRuntime } from './temporal-runtime.js';
import { waitFor } from './temporal-wait-for.js';

/** Our workflows on a real Temporal, with activities of the test. */
export interface WorkflowTests {
  readonly client: Client;
  /** Runs `test` while workflows work with this pipeline, and then proves that none is open and no candidates table left. */
  run<T>(pipeline: FakePipeline, test: () => Promise<T>): Promise<T>;
  backfill(input: BackfillInput, workflowId?: string): Promise<Handle<typeof backfillMetrics>>;
  daily(...input: Parameters<typeof dailyMetrics>): Promise<Handle<typeof dailyMetrics>>;
  publish(month: string): Promise<Handle<typeof publishMonth>>;
  /** Starts a workflow with whatever input. */
  start(type: string, ...args: readonly unknown[]): Promise<Handle>;
  close(): Promise<void>;
}

/** On a development server, in a namespace of its own. */
export async function openDevServer(address: string): Promise<WorkflowTests> {
  await quietRuntime();
  const temporal = await openNamespace(address);
  const { client, namespace } = temporal;
  const connection = await NativeConnection.connect({ address: temporal.address });
  return workflowTests({
    client,
    connection,
    namespace,
    async close() {
      await connection.close();
      await temporal.close();
    },
  });
}

/** On a development server of its own, whose dynamic configuration has these settings. @param path of `temporal`. */
export async function openOwnServer(path: string, settings: readonly string[]): Promise<WorkflowTests> {
  await quietRuntime();
  const server = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      extraArgs: settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    },
  });
  const tests = await openDevServer(server.address);
  return {
    ...tests,
    async close() {
      await tests.close();
      await server.teardown();
    },
  };
}

/** On Temporal's test server, where time passes as soon as everybody waits. Starts at the present. */
export async function openTimeSkipping(): Promise<WorkflowTests> {
  await quietRuntime();
  const path = await timeSkippingServerPath();
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  const namespace = env.namespace ?? 'default';
  await registerSearchAttributes(env.connection, namespace);
  return workflowTests({
    client: env.client,
    connection: env.nativeConnection,
    namespace,
    close: () => env.teardown(),
  });
}

interface Server {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  close(): Promise<void>;
}

async function workflowTests({ client, connection, namespace, close }: Server): Promise<WorkflowTests> {
  let current = new FakePipeline();
  const worker = await Worker.create({
    connection,
    namespace,
    activities: delegate(() => current.activities),
    identity: 'worker',
    workflowBundle: await workflowBundle(),
    taskQueue: TASK_QUEUE,
    // Cancellations arrive with the answers to heartbeats.
    maxHeartbeatThrottleInterval: '50ms',
    defaultHeartbeatThrottleInterval: '50ms',
    // A test that failed may have left activities that wait for ever.
    shutdownForceTime: '3s',
    // Slots for all that a test holds back.
    maxConcurrentActivityTaskExecutions: 100,
  });
  const running = worker.run();
  const begin = (type: string, workflowId: string, args: readonly unknown[]) =>
    client.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId, args: [...args] });
  const open = () => openWorkflows(client, namespace);
  return {
    client,
    async run(pipeline, test) {
      current = pipeline;
      try {
        const result = await test();
        await waitFor('the end of every workflow', async () => (await open()).length === 0);
        if (pipeline.tables.size > 0) throw new Error(`still there: ${[...pipeline.tables].join(', ')}`);
        return result;
      } catch (error) {
        for (const id of await open()) await client.workflow.getHandle(id).terminate();
        throw error;
      }
    },
    backfill: (input, id = `backfill-${randomUUID()}`) => begin('backfillMetrics', id, [input]),
    daily: (...args) => begin('dailyMetrics', `daily-${randomUUID()}`, args),
    publish: (month) => begin('publishMonth', `publish/${month}`, [{ month }]),
    start: (type, ...args) => begin(type, `${type}-${randomUUID()}`, args),
    async close() {
      worker.shutdown();
      await running;
      await close();
    },
  };
}

/** Activities that are those of the test that runs now: one worker serves a whole file. */
function delegate(current: () => Activities): Activities {
  const call = (name: keyof Activities) => (input: never) => current()[name](input);
  const names = Object.keys(current()) as (keyof Activities)[];
  return Object.fromEntries(names.map((name) => [name, call(name)])) as Activities;
}

/** Waits until a workflow has nothing to do but wait: for an update, a timer, or a child. Activities that a test holds back don't count. */
export async function untilIdle(handle: WorkflowHandle, heldActivities = 0): Promise<void> {
  await waitFor('an idle workflow', async () => {
    const { raw } = await handle.describe();
    return !raw.pendingWorkflowTask && (raw.pendingActivities ?? []).length === heldActivities;
  });
}

/** Waits until a run has tried to publish a month that another run publishes. */
export async function untilRefused(handle: WorkflowHandle): Promise<void> {
  await waitFor('a publish that finds its month taken', async () => {
    const { events } = await handle.fetchHistory();
    return events?.some((event) => event.startChildWorkflowExecutionFailedEventAttributes);
  });
}

/** Sends an update, with whatever arguments. */
export function update(handle: WorkflowHandle, name: string, ...args: unknown[]): Promise<unknown> {
  return handle.executeUpdate<unknown, [unknown, ...unknown[]]>(name, { args: args as [unknown] });
}

/** Time skipping has no list with queries, only this older one. */
async function openWorkflows({ workflowService }: Client, namespace: string): Promise<string[]> {
  const { executions } = await workflowService.listOpenWorkflowExecutions({
    namespace,
    maximumPageSize: 100,
    startTimeFilter: { earliestTime: { seconds: 0 as never } },
  });
  return (executions ?? []).map(({ execution }) => execution?.workflowId ?? '');
}
