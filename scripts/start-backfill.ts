import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { searchAttributeProblems } from '../worker/search-attributes.js';
import { StartError } from '../worker/start-error.js';
import type { DayRange } from '../workflows/plan/chunks.js';
import { backfillId, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import type { BackfillOptions } from './backfill-options.js';
import type { Temporal } from './connect.js';
import { describeRun, type Run } from './runs.js';

export interface Started {
  readonly run: Run;
  /** It ran already: somebody else has started it. */
  readonly joined: boolean;
}

/** Starts the backfill of a range, or joins the one that runs under the same id. */
export async function startBackfill(
  temporal: Temporal,
  range: DayRange,
  options: BackfillOptions,
  workflowId = backfillId(range.from, range.to),
): Promise<Started> {
  const { client } = temporal;
  for (;;) {
    try {
      const handle = await client.workflow.start(WORKFLOW.backfill, {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [{ ...range, ...options }],
        staticSummary: `Backfill ${range.from} … ${range.to}`,
      });
      const runId = handle.firstExecutionRunId;
      return { run: { workflowId, runId, type: WORKFLOW.backfill, status: 'RUNNING', handle }, joined: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const run = await describeRun(temporal, workflowId);
    // It may have ended in between: then it is started.
    if (run?.status === 'RUNNING') return { run, joined: true };
  }
}

/** A run that can't set its search attributes hangs. @throws StartError with the command that registers them */
export async function requireSearchAttributes({ connection, namespace }: Temporal): Promise<void> {
  const problems = await searchAttributeProblems(connection, namespace);
  if (problems.length > 0) throw new StartError(problems.join('\n'));
}
