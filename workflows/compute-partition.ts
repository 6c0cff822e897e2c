import { ApplicationFailure, condition, isCancellation } from '@temporalio/workflow';
import { ActivityFailure, CancelledFailure, RetryState } from '@temporalio/common';
import type { ComputedDay } from '../activities/accept-partitions.js';
import type { RunSettings } from '../activities/read-settings.js';
import type { Partition } from '../config/partition.js';
import { queries, renderTemplates } from './activities-proxy.js';
import { fits, sizeOf } from './plan/budget.js';
import { FAILURE } from './plan/failures.js';

/** What one chunk's partitions share. */
export interface ChunkContext {
  readonly settings: RunSettings;
  readonly chunk: number;
  readonly candidates: string;
  /** Bytes of rendered SQL under way, by all partitions of the chunk. */
  readonly budget: { bytesInFlight: number };
}

/** A partition's three steps. @throws ApplicationFailure for a permanent failure of one of them. */
export async function computePartition(context: ChunkContext, partition: Partition): Promise<ComputedDay> {
  const { settings, candidates, chunk, budget } = context;
  const { eventTypes, metrics, maxExecutionSeconds } = settings;
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
      { ...rendered, candidates, chunk, maxExecutionSeconds },
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
    },
  ]);
  const templates = Object.fromEntries(rendered.templates.map(({ name, hash }) => [name, hash]));
  return { partition, templates, ...inserted, ...verified };
}

/** The message of a permanent failure. Whatever this doesn't recognise is thrown on: a bug, or a cancellation. */
export function reasonOf(error: unknown): { message: string; lost: boolean } {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  // It would have been tried again, had nobody cancelled the run: a lost connection, a worker that is gone. The day has not failed.
  if (error.retryState === RetryState.CANCEL_REQUESTED) {
    throw new CancelledFailure(`${error.activityType} was cancelled`, [], error);
  }
  if (cause instanceof ApplicationFailure) {
    return {
      message: `${cause.type ?? error.activityType}: ${cause.message}`,
      lost: cause.type === FAILURE.candidatesLost,
    };
  }
  return { message: `${error.activityType}: ${cause?.message ?? error.message}`, lost: false };
}
