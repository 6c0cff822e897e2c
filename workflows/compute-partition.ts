import { ApplicationFailure, condition, isCancellation } from '@temporalio/workflow';
import { ActivityFailure, CancelledFailure, RetryState } from '@temporalio/common';
import type { ComputedDay } from '../activities/accept-partitions.js';
import type { AuditFinding } from '../activities/run-audits.js';
import type { RunSettings } from '../activities/read-settings.js';
import type { Partition } from '../config/partition.js';
import { queries, renderTemplates } from './activities-proxy.js';
import type { DayRange } from './plan/chunks.js';
import { fits, sizeOf } from './plan/budget.js';
import { FAILURE } from './plan/failures.js';

/** What one chunk's partitions share. */
export interface ChunkContext {
  readonly settings: RunSettings;
  readonly chunk: number;
  readonly candidates: string;
  /** First and last day of the chunk. */
  readonly days: DayRange;
  /** Bytes of rendered SQL under way, by all partitions of the chunk. */
  readonly budget: { bytesInFlight: number };
}

/** A partition's three steps. @throws ApplicationFailure for a permanent failure of one of them. */
export async function computePartition(context: ChunkContext, partition: Partition): Promise<ComputedDay> {
  const { settings, candidates, chunk, days, budget } = context;
  const { eventTypes, metrics, maxExecutionSeconds, override, computeExpired } = settings;
  const rendered = await renderTemplates.executeWithOptions({ summary: partition }, [
    { partition, eventTypes, ...(metrics ? { metrics } : {}) },
  ]);
  const bytes = sizeOf(rendered);
  // Room that comes free wakes up everybody who waits: the first takes it, the others look again.
  while (!fits(budget.bytesInFlight, bytes)) await condition(() => fits(budget.bytesInFlight, bytes));
  budget.bytesInFlight += bytes;
  const names = rendered.templates.map(({ name }) => name);
  const declared = Object.fromEntries(
    rendered.templates.flatMap((t) => (t.declared ? [[t.name, t.declared] as const] : [])),
  );
  const { executeInsert, verifyRowCounts } = queries(maxExecutionSeconds);
  const inserted = await executeInsert
    .executeWithOptions({ summary: `${partition} · ${names.length} templates` }, [
      { ...rendered, candidates, chunk, maxExecutionSeconds, ...(computeExpired ? { computeExpired } : {}) },
    ])
    .finally(() => (budget.bytesInFlight -= bytes));
  const { token, writtenRows } = inserted;
  const verified = await verifyRowCounts.executeWithOptions({ summary: `${partition} · ${writtenRows} rows` }, [
    {
      partition,
      chunk,
      candidates,
      maxExecutionSeconds,
      token,
      writtenRows,
      templates: names,
      declared,
      eventTypes,
      llmEvents: rendered.llmEvents,
      days,
      ...(override === undefined ? {} : { override }),
    },
  ]);
  const templates = Object.fromEntries(rendered.templates.map(({ name, hash }) => [name, hash]));
  const overridden = override !== undefined && verified.findings?.some(({ level }) => level === 'blocking');
  const reasons = [...(inserted.reason === undefined ? [] : [inserted.reason]), ...(overridden ? [override] : [])];
  const reason = reasons.length > 0 ? { reason: [...new Set(reasons)].join('; ') } : {};
  return { partition, templates, ...inserted, ...verified, ...reason };
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
  if (cause.type === FAILURE.candidatesLost) return { message, lost: true };
  if (cause.type === FAILURE.expired) return { message, lost: false, expired: true };
  if (cause.type !== FAILURE.verification) return { message, lost: false };
  const findings = (cause.details?.[0] ?? []) as readonly AuditFinding[];
  return { message: cause.message, lost: false, findings };
}
