import { ActivityFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { AcceptPartitionsOutput, ComputedDay } from '../activities/accept-partitions.js';
import type { CleanUpInput } from '../activities/clean-up.js';
import type { Month, Partition } from '../config/partition.js';
import { acceptPartitions, cleanUp, openChunk, recordOutcomes } from './activities-proxy.js';
import { computeDays } from './compute-days.js';
import { decodeDays, type DecodedDays } from './decode-days.js';
import type { Chunk, ChunkInput, ChunkResult, ChunkState, ComputedChunk } from './chunk.js';
import { byMonth } from './plan/chunks.js';
import { failed, type DayOutcome } from './plan/outcomes.js';
import { reasonOf, type Lost } from './reason.js';
import { summaryOf } from './ui.js';

/** How often candidates that were lost are computed again. */
const MAX_ROUNDS = 3;

/** A chunk of which nothing is begun. */
export function newChunk(input: ChunkInput): Chunk {
  const state: ChunkState = {
    begun: new Set(),
    computed: new Map(),
    accepted: new Map(),
    ended: [],
    findings: new Map(),
    templates: new Map(),
    untaken: [],
  };
  let ahead: Promise<DecodedDays> | undefined;
  const computed = async (work: () => Promise<void>): Promise<ComputedChunk> => {
    await work().catch((error: unknown) => endBy(state, error));
    const { untaken, endedBy } = state;
    return { untaken, endedBy, finish: () => CancellationScope.nonCancellable(() => finishChunk(input, state)) };
  };
  return {
    partitions: input.partitions,
    decodeAhead() {
      ahead = decodeDays(input, { partitions: input.partitions, round: 0 }, state);
      // A failure is seen where it is awaited; until then nobody may call it unhandled.
      ahead.catch(() => undefined);
    },
    compute: () => computed(() => computeRounds(input, state, ahead)),
    abandon: () => computed(() => giveUp(ahead)),
  };
}

/** Whatever happens, nothing of the chunk stays behind in ClickHouse. */
async function finishChunk(input: ChunkInput, state: ChunkState): Promise<ChunkResult> {
  const lost: Partition[] = [];
  const finished = async () => {
    if (state.candidates !== undefined) lost.push(...keepLost(input, state, await acceptAll(state, state.candidates)));
    await recordEnded(input, state, lost);
  };
  await finished().catch((error: unknown) => endBy(state, error));
  const clean = state.endedBy === undefined && state.ended.length === 0 && lost.length === 0;
  const tidied = tidyUp({ chunk: input.chunk, kill: !clean });
  // What was accepted is published meanwhile: nothing of the chunk is needed for it.
  if (!input.fewerSteps) await tidied;
  return { accepted: state.accepted, ended: state.ended, lost, tidied, endedBy: state.endedBy };
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

/**
 * Decodes, computes and accepts slice after slice until no day is left: it is one, unless the days don't fit into one together, or
 * something was lost. After each loss there are half as many: what was too much for the server is less.
 */
async function computeRounds(
  input: ChunkInput,
  state: ChunkState,
  ahead: Promise<DecodedDays> | undefined,
): Promise<void> {
  let todo = [...input.partitions];
  let size = todo.length;
  for (let round = 0; todo.length > 0 && !(round > 0 && input.control.paused); round++) {
    const opened = input.fewerSteps ? undefined : await openChunk({ chunk: input.chunk });
    const decode = () => decodeDays(input, { partitions: todo.slice(0, size), round }, state);
    const decoded = await (round === 0 && ahead !== undefined ? ahead : decode());
    const candidates = opened?.candidates ?? decoded.candidates ?? '';
    const lost = [...decoded.lost];
    const rest = [...decoded.rest, ...todo.slice(size)];
    if (decoded.leavesRoom && rest.length === 0) input.whenDecoded();
    if (decoded.days.length > 0) lost.push(...(await computeDays(input, state, { candidates, ...decoded })));
    if (input.fewerSteps && lost.length + rest.length === 0) {
      // The last ones are accepted when the chunk is finished: the next one computes meanwhile.
      state.candidates = candidates;
      return;
    }
    lost.push(...(await acceptAll(state, candidates)));
    todo = [...keepLost(input, state, lost), ...rest].sort();
    if (decoded.lost.length > 0 || (lost.length > 0 && decoded.slice)) size = Math.ceil(size / 2);
  }
  state.untaken.push(...todo);
}

/** Nothing of a chunk is computed. The ledger says of days that were begun that they were cancelled, however far they came. */
async function giveUp(ahead: Promise<DecodedDays> | undefined): Promise<void> {
  await ahead;
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
}

/** The days that are computed again; the others were lost too often, and have failed. */
function keepLost({ losses }: ChunkInput, state: ChunkState, lost: readonly Lost[]): Partition[] {
  return lost.flatMap(({ partition, message }) => {
    const times = (losses.get(partition) ?? 0) + 1;
    losses.set(partition, times);
    if (times < MAX_ROUNDS) return [partition];
    losses.delete(partition);
    state.ended.push(failed(partition, `${message} (after ${times} rounds)`));
    return [];
  });
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
        const summary = summaryOf(ofMonth.map(({ partition }) => partition));
        const input = { month, candidates, days: ofMonth };
        settle(state, month, ofMonth, await acceptPartitions.executeWithOptions({ summary }, [input]));
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
  { begun, accepted, ended, endedBy, ...state }: ChunkState,
  lost: readonly Partition[],
): Promise<void> {
  const settled = new Set([...[...accepted.values()].flat().map(({ partition }) => partition), ...lost]);
  for (const { partition } of ended) settled.add(partition);
  const bad = ended.flatMap(({ partition, outcome, error = '' }) => {
    const status = LEDGER_STATUS[outcome];
    return status === undefined ? [] : [{ partition, status, error, ...whatBlocked(state, partition) }];
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

/** Of a blocked day what the audits found, and in which templates; nothing of any other. */
function whatBlocked(state: Pick<ChunkState, 'findings' | 'templates'>, partition: Partition) {
  const findings = state.findings.get(partition);
  return findings ? { findings, templates: state.templates.get(partition) ?? {} } : {};
}
