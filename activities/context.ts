import { activityInfo, cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { digest, insertQueryPrefix } from '../clickhouse/names.js';
import { add, isEnough, pastOf, withPast, type Past } from './attempts.js';
import { accountOf } from './failure.js';

/** Who runs: what goes into comments of tables, `log_comment`s and the ledger. */
export interface Caller {
  readonly workflowId: string;
  readonly runId: string;
  readonly attempt: number;
}

export function caller(): Caller {
  const { workflowExecution, attempt } = activityInfo();
  return { workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '', attempt };
}

/** The INSERTs of this activity's attempts begin so, that a new attempt finds those of its predecessors. */
export function insertPrefix(chunk: number): string {
  const { workflowId, runId } = caller();
  return `${insertQueryPrefix(workflowId, runId, chunk)}${digest(activityInfo().activityId)}-`;
}

/** What `system.query_log` says about our queries. Of another activity's batch, outside of it: `by` is who began it. */
export function logComment(details: Readonly<Record<string, unknown>>, by: Caller = caller()): string {
  return JSON.stringify({ llma: { ...by, ...details } });
}

/** How this activity's attempts before this one ended. */
export function past(): Past {
  return pastOf(activityInfo().heartbeatDetails);
}

/**
 * Sends heartbeats while `work` runs, so that a cancellation reaches it and a dead worker is noticed,
 * and hands it the signal that aborts on cancellation. How the attempt ended is told to the next one; a query that ran into its
 * own limit, or a bug of ours, often enough is a permanent failure.
 */
export async function withHeartbeats<T>(
  work: (signal: AbortSignal, report: (details: unknown) => void) => Promise<T>,
): Promise<T> {
  const every = Math.max(250, Math.min(2000, (activityInfo().heartbeatTimeoutMs ?? 15_000) / 3));
  const before = past();
  let last: unknown;
  const beat = (details: unknown) => heartbeat(withPast((last = details), before));
  const timer = setInterval(() => beat(last), every);
  try {
    return await work(cancellationSignal(), beat);
  } catch (error) {
    throw settled(error, before, last);
  } finally {
    clearInterval(timer);
  }
}

function settled(error: unknown, before: Past, details: unknown): unknown {
  if (cancellationSignal().aborted) return error;
  const account = accountOf(error);
  if (!account) return error;
  if (account.kind.bugs > 0) log.error('a bug of llma-metrics', { stack: stackOf(account.error) });
  const now = add(before, account.kind);
  // The last heartbeat of an attempt reaches the next one: it is sent before the failure is.
  heartbeat(withPast(details, now));
  return isEnough(now) ? account.last : error;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
