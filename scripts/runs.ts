import type { WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import type { Progress } from '../workflows/plan/progress.js';
import { type Temporal, GRPC, grpcCode } from './connect.js';
import { UsageError } from './errors.js';
import { pollers } from './pollers.js';
import { StartError } from '../worker/start-error.js';

/** A run that is or was: of a backfill, or a daily one. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** Temporal's name: RUNNING, COMPLETED, FAILED, CANCELED, … */
  readonly status: string;
  /** Of the latest run of this id. */
  readonly handle: WorkflowHandle;
}

const TYPES: readonly string[] = [WORKFLOW.backfill, WORKFLOW.daily];
const RANGE = /^\d{4}-\d{2}-\d{2}_\d{4}-\d{2}-\d{2}$/;

/**
 * The latest run of an id, which may lack its `backfill/`.
 * @throws UsageError when there is none.
 */
export async function findRun(temporal: Temporal, id: string): Promise<Run> {
  const ids = RANGE.test(id) ? [`backfill/${id}`, id] : [id, `backfill/${id}`];
  for (const workflowId of ids) {
    const run = await describeRun(temporal, workflowId);
    if (run && !TYPES.includes(run.type)) {
      throw new UsageError(
        `"${workflowId}" is a ${run.type}: only backfills and daily runs have progress, and can be steered`,
      );
    }
    if (run) return run;
  }
  throw new UsageError(`there is no run "${ids[0]}"; "llma progress" lists those that run`);
}

/** The latest run of exactly this id, if there is one. */
export async function describeRun({ client }: Temporal, workflowId: string): Promise<Run | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { runId, type, status } = await handle.describe();
    return { workflowId, runId, type, status: status.name, handle };
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

/** Every run of ours that is under way. */
export async function runningRuns({ client }: Temporal): Promise<Run[]> {
  const types = TYPES.map((type) => `'${type}'`).join(', ');
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${TASK_QUEUE}' AND WorkflowType IN (${types})`;
  const runs: Run[] = [];
  for await (const { workflowId, runId, type, status } of client.workflow.list({ query })) {
    runs.push({ workflowId, runId, type, status: status.name, handle: client.workflow.getHandle(workflowId) });
  }
  return runs.sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
}

/** What a run says of itself, or why it says nothing. */
export type Answer =
  | { readonly progress: Progress; readonly silence?: undefined }
  | { readonly progress?: undefined; readonly silence: string };

/** Seconds that a worker has to answer. */
const PATIENCE = 4;

const NOBODY = 'no worker answers: start one with "llma worker"; the run waits for it';

const SILENT: ReadonlySet<unknown> = new Set([GRPC.deadlineExceeded, GRPC.cancelled, GRPC.failedPrecondition]);

/** Asks a run for its progress. It takes a worker to answer. */
export async function askProgress(temporal: Temporal, { workflowId }: Pick<Run, 'workflowId'>): Promise<Answer> {
  const { client } = temporal;
  if ((await pollers(temporal)).length === 0) return { silence: NOBODY };
  try {
    const handle = client.workflow.getHandle(workflowId);
    return {
      progress: await client.withDeadline(Date.now() + PATIENCE * 1000, () => handle.query<Progress>('progress')),
    };
  } catch (error) {
    if (SILENT.has(grpcCode(error))) return { silence: NOBODY };
    // The handler's own words: it has not read its settings yet.
    if (error instanceof Error && error.name === 'QueryNotRegisteredError') return { silence: error.message };
    throw error;
  }
}

/**
 * Tells a run something, and waits for its answer.
 * @throws UsageError when it refuses, or has ended; StartError when nobody answers.
 */
export async function tell<Result>(temporal: Temporal, run: Run, update: string, message?: object): Promise<Result> {
  if (run.status !== 'RUNNING') throw new UsageError(`${run.workflowId} has ended (${run.status.toLowerCase()})`);
  if ((await pollers(temporal)).length === 0) throw new StartError(`${run.workflowId}: ${NOBODY}`);
  const send = () =>
    message === undefined
      ? run.handle.executeUpdate<Result, []>(update)
      : run.handle.executeUpdate<Result, [object]>(update, { args: [message] });
  try {
    return await temporal.client.withDeadline(Date.now() + PATIENCE * 1000, send);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    switch (error.name) {
      case 'WorkflowUpdateFailedError':
        throw new UsageError(`${run.workflowId}: ${(error.cause as Error | undefined)?.message ?? error.message}`);
      case 'WorkflowNotFoundError':
        throw new UsageError(`${run.workflowId} has ended`);
      case 'WorkflowUpdateRPCTimeoutOrCancelledError':
        throw new StartError(`${run.workflowId}: ${NOBODY}. Ask again then: this one may be lost`);
      default:
        throw error;
    }
  }
}
