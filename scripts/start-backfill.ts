import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { searchAttributeProblems } from '../worker/search-attributes.js';
import { StartError } from '../worker/start-error.js';
import type { DayRange, Order } from '../workflows/plan/chunks.js';
import { backfillId, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import type { Progress } from '../workflows/plan/progress.js';
import type { Temporal } from './connect.js';
import { describeRun, type Run } from './runs.js';

/** What a backfill can be told besides its range; what isn't given, the worker's configuration decides. */
export interface BackfillOptions {
  readonly maxPartitionsPerRun?: number;
  readonly concurrency?: number;
  readonly metrics?: readonly string[];
  readonly order?: Order;
  /** Why days are published that an audit blocks. */
  readonly publishAnyway?: string;
  /** Why days whose source rows have expired are computed from what is left. */
  readonly computeExpired?: string;
}

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

export interface OptionDifference {
  readonly option: string;
  readonly given: string;
  readonly running: string;
}

/** The given options that are not those of the running backfill: it keeps its own. */
export function optionDifferences(given: BackfillOptions, running: Progress): OptionDifference[] {
  const pairs = [
    ['--max-partitions-per-run', given.maxPartitionsPerRun, running.maxPartitionsPerRun],
    ['--concurrency', given.concurrency, running.concurrency],
    ['--metrics', given.metrics && list(given.metrics), running.metrics ? list(running.metrics) : 'all'],
    ['--order', given.order, running.order],
    ['--compute-expired', given.computeExpired, running.computeExpired ?? 'unset'],
  ] as const;
  return pairs.flatMap(([option, wanted, has]) =>
    wanted === undefined || wanted === has ? [] : [{ option, given: String(wanted), running: String(has) }],
  );
}

function list(names: readonly string[]): string {
  return [...names].sort().join(',');
}
