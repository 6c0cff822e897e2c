import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { digest, insertQueryPrefix } from '../clickhouse/names.js';

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

/** What `system.query_log` says about our queries. */
export function logComment(details: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ llma: { ...caller(), ...details } });
}

/**
 * Sends heartbeats while `work` runs, so that a cancellation reaches it and a dead worker is noticed,
 * and hands it the signal that aborts on cancellation.
 */
export async function withHeartbeats<T>(
  work: (signal: AbortSignal, report: (details: unknown) => void) => Promise<T>,
): Promise<T> {
  const every = Math.max(250, Math.min(2000, (activityInfo().heartbeatTimeoutMs ?? 15_000) / 3));
  let last: unknown;
  const timer = setInterval(() => heartbeat(last), every);
  try {
    return await work(cancellationSignal(), (details) => {
      last = details;
      heartbeat(details);
    });
  } finally {
    clearInterval(timer);
  }
}
