import { ActivityFailure, TemporalFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { AcceptPartitionsOutput, ComputedDay } from '../activities/accept-partitions.js';
import type { CleanUpInput } from '../activities/clean-up.js';
import type { AuditFinding } from '../activities/run-audits.js';
import type { RunSettings } from '../activities/read-settings.js';
import type { Month, Partition } from '../config/partition.js';
import { acceptPartitions, cleanUp, openChunk, recordOutcomes } from './activities-proxy.js';
import { computePartition, reasonOf, type Reason } from './compute-partition.js';
import type { Control } from './control.js';
import { byMonth, spanOf } from './plan/chunks.js';
import { blocked, expired, failed, type DayOutcome } from './plan/outcomes.js';
import { runPool } from './pool.js';

export interface ChunkInput {
  readonly settings: RunSettings;
  readonly control: Control;
  readonly partitions: readonly Partition[];
  /** Of the run, from 0. */
  readonly chunk: number;
  /** The partitions that are being computed: kept up to date for `progress`. */
  readonly current: Set<Partition>;
}

export interface ChunkResult {
  /** Accepted days, by month: each month needs a publish. */
  readonly accepted: ReadonlyMap<Month, readonly ComputedDay[]>;
  /** Days that have ended without a publish: failed or superseded. */
  readonly ended: readonly DayOutcome[];
  /** Days that were not begun, because the run was paused. */
  readonly untaken: readonly Partition[];
  /** What ended the chunk early, a cancellation or a failure: the caller publishes what was accepted, and throws it. */
  readonly endedBy?: unknown;
}

/** How often candidates that were lost are computed again. */
const MAX_ROUNDS = 3;

/**
 * Computes the partitions of a chunk, verifies them, and accepts those that passed. What fails, fails by name; the others go on.
 * Whatever happens, nothing of the chunk stays behind in ClickHouse.
 */
export async function computeChunk(input: ChunkInput): Promise<ChunkResult> {
  const state: ChunkState = {
    begun: new Set(),
    computed: new Map(),
    accepted: new Map(),
    ended: [],
    findings: new Map(),
    untaken: [],
  };
  await computeRounds(input, state).catch((error: unknown) => endBy(state, error));
  await CancellationScope.nonCancellable(async () => {
    await recordEnded(input, state).catch((error: unknown) => endBy(state, error));
    const clean = state.endedBy === undefined && state.ended.length === 0;
    await tidyUp({ chunk: input.chunk, kill: !clean });
  });
  return state;
}

/** The first reason counts. What isn't a failure of Temporal's is a bug: the workflow task fails, until it is mended. */
function endBy(state: ChunkState, error: unknown): void {
  if (!(error instanceof TemporalFailure)) throw error;
  state.endedBy ??= error;
}

/** A clean-up that gave up does not undo what the chunk has done: what it left is swept later. */
async function tidyUp(input: CleanUpInput): Promise<void> {
  try {
    await cleanUp(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('the clean-up gave up; see docs/operations.md, "Tables stay behind"', {
      ...input,
      cause: error.cause?.message,
    });
  }
}

interface ChunkState {
  readonly begun: Set<Partition>;
  readonly computed: Map<Partition, ComputedDay>;
  readonly accepted: Map<Month, ComputedDay[]>;
  readonly ended: DayOutcome[];
  /** What the audits found of blocked days. */
  readonly findings: Map<Partition, readonly AuditFinding[]>;
  untaken: Partition[];
  endedBy?: unknown;
}

async function computeRounds(input: ChunkInput, state: ChunkState): Promise<void> {
  let todo = [...input.partitions];
  for (let round = 1; todo.length > 0; round++) {
    const { candidates } = await openChunk({ chunk: input.chunk });
    const lost = await computeAll({ ...input, partitions: todo }, state, candidates);
    lost.push(...(await acceptAll(state, candidates)));
    todo = lost.map(({ partition }) => partition);
    if (round < MAX_ROUNDS) continue;
    state.ended.push(...lost.map(({ partition, message }) => failed(partition, `${message} (after ${round} rounds)`)));
    break;
  }
}

interface Lost {
  readonly partition: Partition;
  readonly message: string;
}

async function computeAll(input: ChunkInput, state: ChunkState, candidates: string): Promise<Lost[]> {
  const { settings, control, chunk, current } = input;
  const lost: Lost[] = [];
  const context = { settings, chunk, candidates, days: spanOf(input.partitions), budget: { bytesInFlight: 0 } };
  let unexpected: unknown;
  const untaken = await runPool(input.partitions, control, async (partition) => {
    current.add(partition);
    state.begun.add(partition);
    try {
      state.computed.set(partition, await computePartition(context, partition));
    } catch (error) {
      try {
        const reason = reasonOf(error);
        if (reason.lost) lost.push({ partition, message: reason.message });
        else end(state, partition, reason);
      } catch (other) {
        unexpected ??= other;
      }
    } finally {
      current.delete(partition);
    }
  });
  if (unexpected !== undefined) throw unexpected;
  state.untaken.push(...untaken);
  return lost;
}

/** A day whose old rows stay: its source rows have expired, an audit stopped it, or it failed. */
function end(state: ChunkState, partition: Partition, reason: Reason): void {
  const { message, findings } = reason;
  if (findings) state.findings.set(partition, findings);
  const how = reason.expired === true ? expired : findings ? blocked : failed;
  state.ended.push(how(partition, message));
}

/** What the ledger calls the outcomes that it has no other row of. */
const LEDGER_STATUS: Partial<Record<DayOutcome['outcome'], 'failed' | 'blocked' | 'expired'>> = {
  failed: 'failed',
  blocked: 'blocked',
  skipped: 'expired',
};

/** Accepts what was computed, month by month. Once begun it is not cancelled: an accepted day becomes visible. */
async function acceptAll(state: ChunkState, candidates: string): Promise<Lost[]> {
  const lost: Lost[] = [];
  const days = [...state.computed.values()];
  state.computed.clear();
  await CancellationScope.nonCancellable(async () => {
    for (const [month, ofMonth] of byMonth(days)) {
      try {
        settle(state, month, ofMonth, await acceptPartitions({ month, candidates, days: ofMonth }));
      } catch (error) {
        const { message, lost: isLost } = reasonOf(error);
        // Its answer may be what was lost: then the days are accepted, and must become visible. A publish more does no harm.
        state.accepted.set(month, state.accepted.get(month) ?? []);
        for (const { partition } of ofMonth) {
          if (isLost) lost.push({ partition, message });
          else state.ended.push(failed(partition, message));
        }
      }
    }
  });
  return lost;
}

function settle(state: ChunkState, month: Month, days: readonly ComputedDay[], output: AcceptPartitionsOutput): void {
  const visible = days.filter(
    ({ partition }) => output.accepted.includes(partition) && !output.superseded.includes(partition),
  );
  if (visible.length > 0) state.accepted.set(month, [...(state.accepted.get(month) ?? []), ...visible]);
  for (const partition of output.superseded) state.ended.push({ partition, outcome: 'superseded', rows: 0 });
  for (const { partition, message } of output.conflicts) state.ended.push(failed(partition, message));
}

/** Writes the ledger rows of days that failed or were blocked, and of those that a cancelled chunk has begun and not accepted. */
async function recordEnded(
  { partitions }: ChunkInput,
  { begun, accepted, ended, findings, endedBy }: ChunkState,
): Promise<void> {
  const settled = new Set([...accepted.values()].flat().map(({ partition }) => partition));
  for (const { partition } of ended) settled.add(partition);
  const bad = ended.flatMap(({ partition, outcome, error = '' }) => {
    const status = LEDGER_STATUS[outcome];
    return status === undefined ? [] : [{ partition, status, error, ...optionalFindings(findings.get(partition)) }];
  });
  const open = isCancellation(endedBy) ? partitions.filter((day) => begun.has(day) && !settled.has(day)) : [];
  if (bad.length + open.length === 0) return;
  await recordOutcomes({
    days: [
      ...bad,
      ...open.map((partition) => ({ partition, status: 'cancelled' as const, error: 'the run was cancelled' })),
    ],
  });
}

function optionalFindings(findings: readonly AuditFinding[] | undefined) {
  return findings ? { findings } : {};
}
