import {
  CancellationScope,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  sleep,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import {
  CancelledFailure,
  ChildWorkflowFailure,
  rootCause,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { ComputedDay } from '../activities/accept-partitions.js';
import type { EndedDay } from '../activities/ledger.js';
import type { Month } from '../config/partition.js';
import { recordOutcomes } from './activities-proxy.js';
import { publishId, TASK_QUEUE } from './plan/names.js';
import { failed, type DayOutcome } from './plan/outcomes.js';
import { shortWarnings } from './plan/short.js';
import type { publishMonth } from './publish-month.js';

/** Publishes the months of accepted days, one after the other, each under its lock. */
export async function publishAccepted(accepted: ReadonlyMap<Month, readonly ComputedDay[]>): Promise<DayOutcome[]> {
  const outcomes: DayOutcome[] = [];
  const failures: EndedDay[] = [];
  for (const [month, days] of accepted) {
    const problem = await publishWhenFree(month);
    const ended = days.map((day) => (problem === undefined ? published(day) : failed(day.partition, problem.message)));
    outcomes.push(...ended);
    // Left to others, the ledger goes on to say accepted, or published: they publish what they find accepted.
    if (problem === undefined || problem.isLeftToOthers) continue;
    failures.push(...ended.map(({ partition, error = '' }) => ({ partition, status: 'failed' as const, error })));
  }
  // Asked, with nothing to write, also for days that are left to others: runs that began when these were written down did so too.
  if (outcomes.some(({ outcome }) => outcome === 'failed'))
    await CancellationScope.nonCancellable(() => recordOutcomes({ days: failures }));
  return outcomes;
}

/** Why a month could not be published. */
interface Problem {
  readonly message: string;
  /** It is not known to fail: others hold the month, or ended its publish. */
  readonly isLeftToOthers: boolean;
}

function published({ partition, rows, findings = [], remarks = shortWarnings(findings) }: ComputedDay): DayOutcome {
  return {
    partition,
    outcome: 'published',
    rows,
    ...(remarks === '' ? {} : { warning: remarks }),
  };
}

/** Tries that a cancelled run still makes while others hold the month: an accepted day becomes visible. */
const TRIES_WHEN_CANCELLED = 10;

/**
 * Starts the month's publish as soon as no other one holds its id, and waits for its end.
 * @returns why the month could not be published; undefined when it was.
 */
async function publishWhenFree(month: Month): Promise<Problem | undefined> {
  let tries = Infinity;
  for (let wait = 100; tries > 0; wait = Math.min(2 * wait, 10_000)) {
    try {
      await CancellationScope.nonCancellable(() => startAndWait(month));
      return undefined;
    } catch (error) {
      if (error instanceof ChildWorkflowFailure) return problemOf(month, error);
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    tries -= 1;
    try {
      await (tries === Infinity ? sleep(wait) : CancellationScope.nonCancellable(() => sleep(wait)));
    } catch (error) {
      if (!isCancellation(error)) throw error;
      tries = TRIES_WHEN_CANCELLED;
      wait = 50;
    }
  }
  const message = `month ${month} is held by another publish; the days are accepted, and become visible with it or the next one`;
  return { message, isLeftToOthers: true };
}

/** Of a publish that somebody ended nothing is known to be wrong: workers find what is accepted and not visible. */
function problemOf(month: Month, error: ChildWorkflowFailure): Problem {
  const { cause } = error;
  const how = cause instanceof TerminatedFailure ? 'terminated' : cause instanceof CancelledFailure ? 'cancelled' : '';
  if (how === '') return { message: rootCause(error) ?? error.message, isLeftToOthers: false };
  const message = `the publish of month ${month} was ${how}; the days are accepted, and become visible with the next one`;
  return { message, isLeftToOthers: true };
}

async function startAndWait(month: Month): Promise<void> {
  await executeChild<typeof publishMonth>('publishMonth', {
    workflowId: publishId(month),
    taskQueue: TASK_QUEUE,
    args: [{ month }],
    // The id is the lock: it is free again as soon as its run has ended, and no parent takes a running publish with it.
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `publish ${month.slice(0, 4)}-${month.slice(4)}`,
  });
}
