import { patched } from '@temporalio/workflow';
import type { DecodedDay, Slice } from '../activities/slice/slice.js';
import type { Partition } from '../config/partition.js';
import { queries } from './activities-proxy.js';
import type { ChunkInput, ChunkState } from './chunk.js';
import { FAILURE } from './plan/failures.js';
import { expired, failed } from './plan/outcomes.js';
import { reasonOf, type Lost } from './reason.js';
import { summaryOf } from './ui.js';

/** The days of a chunk that can be computed now. */
export interface DecodedDays {
  /** The table for their candidates, where it was opened with them. */
  readonly candidates?: string;
  readonly days: readonly Partition[];
  /** What their templates read as `llm_events`; undefined when none asks for it. */
  readonly slice?: Slice;
  readonly decoded: ReadonlyMap<Partition, DecodedDay>;
  /** Days that did not fit into one slice with these. */
  readonly rest: readonly Partition[];
  readonly lost: readonly Lost[];
  /** Whether another slice as large fits into memory beside this one. */
  readonly leavesRoom: boolean;
  /** Whether days are verified when all of them have been inserted, and not one by one: runs that began before slices do that. */
  readonly together: boolean;
}

const NOTHING_DECODED = {
  decoded: new Map<Partition, DecodedDay>(),
  rest: [],
  lost: [],
  leavesRoom: false,
  together: true,
} as const;

/** Decodes days once for all their templates. Days whose source rows have expired end here, and all of them when the source can't be read. */
export async function decodeDays(
  { settings, chunk, current, fewerSteps }: ChunkInput,
  { partitions, round }: { readonly partitions: readonly Partition[]; readonly round: number },
  state: ChunkState,
): Promise<DecodedDays> {
  // Runs of fewer steps always decode. They must not ask here: it may be the task of the local activity, as in sweep.ts.
  if (!fewerSteps && !patched('decode-slice')) return { ...NOTHING_DECODED, days: partitions, together: false };
  const { eventTypes, metrics, deduplicate, maxExecutionSeconds, computeExpired } = settings;
  for (const day of partitions) {
    state.begun.add(day);
    current.add(day);
  }
  try {
    const summary = summaryOf(partitions);
    const output = await queries(maxExecutionSeconds).decodeSlice.executeWithOptions({ summary }, [
      {
        chunk,
        ...(fewerSteps ? { round } : {}),
        partitions,
        eventTypes,
        maxExecutionSeconds,
        ...(metrics ? { metrics } : {}),
        ...(deduplicate === undefined ? {} : { deduplicate }),
        ...(computeExpired === undefined ? {} : { computeExpired }),
      },
    ]);
    const { slice, rest, candidates, leavesRoom = false } = output;
    for (const { partition, message } of output.expired) {
      state.ended.push(expired(partition, `${FAILURE.expired}: ${message}`));
    }
    const out = new Set([...rest, ...output.expired.map(({ partition }) => partition)]);
    const decoded = new Map(output.days.map((day) => [day.partition, day]));
    const days = partitions.filter((day) => !out.has(day));
    const tables = { ...(slice ? { slice } : {}), ...(candidates === undefined ? {} : { candidates }) };
    return { ...NOTHING_DECODED, ...tables, days, decoded, rest, leavesRoom };
  } catch (error) {
    const { message, lost } = reasonOf(error);
    if (lost) return { ...NOTHING_DECODED, days: [], lost: partitions.map((partition) => ({ partition, message })) };
    state.ended.push(...partitions.map((partition) => failed(partition, message)));
    return { ...NOTHING_DECODED, days: [] };
  } finally {
    for (const day of partitions) current.delete(day);
  }
}
