import type { Partition } from '../config/partition.js';
import type { Summary } from '../clickhouse/database.js';
import { killQueries } from '../clickhouse/run-query.js';
import { NARROW_SLICE_COLUMNS, SLICE_COLUMNS } from '../templates/canonical.js';
import type { Catalogue } from '../templates/catalogue.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, insertPrefix, withHeartbeats } from './context.js';
import { createCandidates } from './create-candidates.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';
import { asText, limitSettings, sourceSettings } from './insert-settings.js';
import { sourceGuard } from './retention/guard.js';
import { blameSource } from './slice/blame-source.js';
import { chooseDays, eventsOf } from './slice/choose.js';
import { NOTHING } from './slice/count.js';
import { splitExpired, type ExpiredDay } from './slice/expired.js';
import { fillSlice, type Filled } from './slice/fill.js';
import { isNarrow, narrowHash } from './slice/narrow.js';
import { leavesRoom } from './slice/room.js';
import type { DecodedDay, Slice } from './slice/slice.js';
import { dropMade, dropSlices, type Attempt } from './slice/statements.js';

export interface DecodeSliceInput {
  /** Of the run, from 0: what clean-up finds the chunk's tables by. */
  readonly chunk: number;
  /** How often the chunk was decoded before; undefined in runs that open their chunks by themselves. */
  readonly round?: number;
  /** Oldest first. */
  readonly partitions: readonly Partition[];
  readonly eventTypes: readonly string[];
  /** Template names; undefined means all. */
  readonly metrics?: readonly string[];
  /** Whether an event that was delivered several times counts once. Default true. */
  readonly deduplicate?: boolean;
  readonly maxExecutionSeconds: number;
  /** Why partitions whose source rows have expired are computed from what is left. */
  readonly computeExpired?: string;
}

export interface DecodeSliceOutput {
  /** The table that this attempt at the chunk writes its candidates to, where `round` asked for one. */
  readonly candidates?: string;
  /** Undefined when no selected template reads `llm_events`: then there is nothing to decode. */
  readonly slice?: Slice;
  /** The days that the slice has. */
  readonly days: readonly DecodedDay[];
  readonly expired: readonly ExpiredDay[];
  /** Days that did not fit into one slice with these. */
  readonly rest: readonly Partition[];
  /** Whether another slice as large fits into memory beside this one, so that the next chunk can be decoded while this one is computed. */
  readonly leavesRoom?: boolean;
}

/**
 * Decodes the LLM events of a chunk's days into a slice: every source is read once, by one statement.
 * @throws RetentionUnknown, SliceLost when the slice does not have what was written, TemplateError for a source that can't be read.
 */
export function decodeSlice(deps: ActivityDeps) {
  const guard = sourceGuard(deps.database, deps.settings);
  return async (input: DecodeSliceInput): Promise<DecodeSliceOutput> => {
    const { partitions, chunk } = input;
    const what = `decoding ${String(partitions[0])} to ${String(partitions.at(-1))}`;
    return await withHeartbeats(async (signal, report) => {
      const made: string[] = [];
      try {
        const catalogue = deps.catalogue();
        const [opened, limits] = await Promise.all([
          input.round === undefined ? NONE : createCandidates(deps, chunk),
          limitSettings(deps),
          sweepPredecessors(deps, input),
        ]);
        if (opened.candidates !== undefined) made.push(opened.candidates);
        if (!asksForSlice(catalogue, input.metrics)) return { ...opened, days: [], expired: [], rest: [] };
        const ofSource = await sourceSettings(deps, {
          maxExecutionSeconds: input.maxExecutionSeconds,
          about: { decode: partitions },
          limits,
        });
        const settings = { ...ofSource, ...(await deps.database.supported(SIMPLY)) };
        const attempt = { deps, chunk, settings, signal, report, made };
        const decoded = await decode(attempt, { guard, catalogue, input }).catch(async (error: unknown) => {
          throw (await blameSource(attempt, { ...input, catalogue }, error)) ?? error;
        });
        signal.throwIfAborted();
        if (decoded.slice === undefined) return { ...opened, ...decoded };
        return { ...opened, ...decoded, slice: { ...decoded.slice, settings: asText(limits) } };
      } catch (error) {
        if (signal.aborted) await dropMade({ deps, made });
        signal.throwIfAborted();
        throw toFailure(error, { type: FAILURE.template, what, attempt: caller().attempt });
      }
    });
  };
}

const NONE: Pick<DecodeSliceOutput, 'candidates'> = {};

/** Ends what attempts before this one, and rounds, have begun: a slice that is still filled fails. Of the first of all there is nothing. */
async function sweepPredecessors(deps: ActivityDeps, { chunk, round }: DecodeSliceInput): Promise<void> {
  const { attempt } = caller();
  if (attempt > 1) await killQueries(deps.database, insertPrefix(chunk));
  if (attempt > 1 || round !== 0) await dropSlices(deps, chunk);
}

/** What follows from one condition for another is looked for in every expression, and there is nothing of it here. */
const SIMPLY = { optimize_and_compare_chain: 0 } as const;

function asksForSlice({ templates }: Catalogue, metrics: readonly string[] | undefined): boolean {
  return templates.some(({ name, mentionsLlmEvents }) => mentionsLlmEvents && (metrics?.includes(name) ?? true));
}

interface Work {
  readonly guard: ReturnType<typeof sourceGuard>;
  readonly catalogue: Catalogue;
  readonly input: DecodeSliceInput;
}

async function decode(attempt: Attempt, { guard, catalogue, input }: Work): Promise<DecodeSliceOutput> {
  const { partitions, eventTypes, metrics, computeExpired: reason, deduplicate = true } = input;
  const [first] = partitions;
  if (first === undefined) return { days: [], expired: [], rest: [] };
  // Which tables the sources read does not depend on the day.
  const queries = { partition: first, llmEvents: eventsOf({ catalogue, eventTypes, days: [first] }), templates: [] };
  const began = performance.now();
  const [facts, opened, narrow] = await Promise.all([
    guard(queries),
    openVersions(attempt.deps, partitions),
    isNarrow(attempt, { catalogue, eventTypes, metrics }),
  ]);
  const snapshot = opened.get(first)?.snapshot ?? 0;
  const there = await splitExpired(guard, partitions, { queries, reason, facts, moment: snapshot });
  const wanted = [...there.days.keys()];
  if (wanted.length === 0) return { days: [], expired: there.expired, rest: [] };
  const { days, engine, counted } = await chooseDays(attempt, { catalogue, eventTypes, days: wanted, facts });
  // What was read earlier must not win over what another run has read meanwhile.
  const versions = counted ? await openVersions(attempt.deps, days) : opened;
  const filled = await fillSlice(attempt, {
    engine,
    catalogue,
    deduplicate,
    memoryMb: attempt.deps.settings.sliceMemoryMb,
    columns: narrow ? NARROW_SLICE_COLUMNS : SLICE_COLUMNS,
    llmEvents: eventsOf({ catalogue, eventTypes, days, narrow }),
    async whenRead() {
      // Rows may have gone while they were read, and a TTL may have been set: both count. The server's clock when it had ended is at most
      // what has passed here since it said the snapshot.
      const moment = snapshot + Math.ceil((performance.now() - began) * 1000);
      const fresh = await guard(queries, { fresh: true });
      return await splitExpired(guard, days, { queries, reason, facts: fresh, moment });
    },
  });
  const still = filled.read;
  const sourcesHash = narrow ? narrowHash(catalogue) : catalogue.sourcesHash;
  const slice: Slice = { table: filled.table, engine: filled.engine, sourcesHash, rows: rowsOf(filled) };
  return {
    slice,
    days: [...still.days].map(([partition, why]) => ({
      partition,
      ...(versions.get(partition) ?? { snapshot, version: snapshot }),
      ...decodedDay(filled, partition),
      ...(why === undefined ? {} : { reason: why }),
    })),
    expired: [...there.expired, ...still.expired],
    rest: wanted.filter((day) => !days.includes(day)),
    leavesRoom: leavesRoom({ ...slice, bytes: filled.bytes }, attempt.deps.settings.sliceMemoryMb),
  };
}

function rowsOf({ days }: Filled): number {
  return [...days.values()].reduce((sum, { allRows }) => sum + allRows, 0);
}

function decodedDay({ days, summary }: Filled, partition: Partition) {
  const { allRows, rows, checksum, source } = days.get(partition) ?? NOTHING;
  return { rows, checksum, source, ...share(summary, allRows) };
}

/** What of the decoding query belongs to so many of its rows. */
function share({ readRows, readBytes, writtenRows, elapsedMs }: Summary, rows: number) {
  const part = writtenRows === 0 ? 0 : rows / writtenRows;
  const of = (all: number) => Math.round(all * part);
  return { readRows: of(readRows), readBytes: of(readBytes), elapsedMs: of(elapsedMs) };
}

async function openVersions({ database }: ActivityDeps, days: readonly Partition[]) {
  const rows = await database.select<{ date: Partition; snapshot: string; version: string }>(
    database.statement('pipeline/open-versions.sql'),
    { params: { days } },
  );
  return new Map(
    rows.map(({ date, snapshot, version }) => [date, { snapshot: Number(snapshot), version: Number(version) }]),
  );
}
