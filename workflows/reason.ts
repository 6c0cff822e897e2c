import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import { isCancellation } from '@temporalio/workflow';
import type { AuditFinding } from '../activities/run-audits.js';
import type { Partition } from '../config/partition.js';
import { FAILURE } from './plan/failures.js';

/** A partition that is decoded and computed again, and why. */
export interface Lost {
  readonly partition: Partition;
  readonly message: string;
}

/** Why a partition ended without being computed. */
export interface Reason {
  readonly message: string;
  /** Its candidates are gone: it is computed again. */
  readonly lost: boolean;
  /** Its source rows have expired: it is skipped. */
  readonly expired?: boolean;
  /** What the audits found that stopped it; undefined for any other failure. */
  readonly findings?: readonly AuditFinding[];
}

/** What was computed or decoded is gone, or can't be used by who has to: the day is decoded and computed again. */
const LOST: ReadonlySet<unknown> = new Set([FAILURE.candidatesLost, FAILURE.sliceLost, FAILURE.catalogueMismatch]);

/** The reason of a permanent failure. Whatever this doesn't recognise is thrown on: a bug, or a cancellation. */
export function reasonOf(error: unknown): Reason {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  // It would have been tried again, had nobody cancelled the run: a lost connection, a worker that is gone. The day has not failed.
  if (error.retryState === RetryState.CANCEL_REQUESTED) {
    throw new CancelledFailure(`${error.activityType} was cancelled`, [], error);
  }
  if (!(cause instanceof ApplicationFailure)) {
    return { message: `${error.activityType}: ${cause?.message ?? error.message}`, lost: false };
  }
  const message = `${cause.type ?? error.activityType}: ${cause.message}`;
  if (LOST.has(cause.type)) return { message, lost: true };
  if (cause.type === FAILURE.expired) return { message, lost: false, expired: true };
  if (cause.type !== FAILURE.verification) return { message, lost: false };
  const findings = (cause.details?.[0] ?? []) as readonly AuditFinding[];
  return { message: cause.message, lost: false, findings };
}
