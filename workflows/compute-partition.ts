import { condition } from '@temporalio/workflow';
import type { ComputedDay } from '../activities/accept-partitions.js';
import type { ExecuteInsertOutput } from '../activities/execute-insert.js';
import type { RunSettings } from '../activities/read-settings.js';
import type { RenderTemplatesOutput } from '../activities/render-templates.js';
import type { DecodedDay, Slice } from '../activities/slice/slice.js';
import type { Partition } from '../config/partition.js';
import { queries, renderTemplates } from './activities-proxy.js';
import type { DayRange } from './plan/chunks.js';
import { fits, sizeOf } from './plan/budget.js';
import { eventsOf, type DayEvents } from './day-events.js';

/** What one chunk's partitions share. */
export interface ChunkContext {
  readonly settings: RunSettings;
  readonly chunk: number;
  readonly candidates: string;
  /** First and last day of the chunk. */
  readonly days: DayRange;
  /** Bytes of rendered SQL under way, by all partitions of the chunk. */
  readonly budget: { bytesInFlight: number };
  /** What its templates read as `llm_events`; undefined when none asks for it. */
  readonly slice?: Slice;
  /** What the slice has of each day. */
  readonly decoded: ReadonlyMap<Partition, DecodedDay>;
}

/** What the first two steps of a partition have made. */
export interface Inserted {
  readonly partition: Partition;
  readonly inserted: ExecuteInsertOutput;
  /** Name and hash of each template. */
  readonly templates: Readonly<Record<string, string>>;
  readonly declared: Readonly<Record<string, readonly string[]>>;
  readonly events: DayEvents;
}

/** A partition's first step: render. @throws ActivityFailure */
export function renderPartition(
  { settings, slice }: ChunkContext,
  partition: Partition,
): Promise<RenderTemplatesOutput> {
  const { eventTypes, metrics } = settings;
  return renderTemplates.executeWithOptions({ summary: partition }, [
    {
      partition,
      eventTypes,
      ...(metrics ? { metrics } : {}),
      ...(slice ? { slice: { table: slice.table, sourcesHash: slice.sourcesHash } } : {}),
    },
  ]);
}

/** Its second step: insert. @throws ActivityFailure */
export async function insertPartition(context: ChunkContext, rendered: RenderTemplatesOutput): Promise<Inserted> {
  const { settings, candidates, chunk, budget, slice } = context;
  const { eventTypes, maxExecutionSeconds, computeExpired } = settings;
  const { partition } = rendered;
  const day = context.decoded.get(partition);
  const bytes = sizeOf(rendered);
  // Room that comes free wakes up everybody who waits: the first takes it, the others look again.
  while (!fits(budget.bytesInFlight, bytes)) await condition(() => fits(budget.bytesInFlight, bytes));
  budget.bytesInFlight += bytes;
  const summary = `${partition} · ${rendered.templates.length} templates`;
  const input = {
    ...rendered,
    candidates,
    chunk,
    maxExecutionSeconds,
    ...(slice && day ? { slice: { of: slice, day, eventTypes } } : {}),
    ...(computeExpired ? { computeExpired } : {}),
  };
  try {
    const { executeInsert } = queries(maxExecutionSeconds);
    return insertedOf(rendered, slice, await executeInsert.executeWithOptions({ summary }, [input]));
  } finally {
    budget.bytesInFlight -= bytes;
  }
}

function insertedOf(
  rendered: RenderTemplatesOutput,
  slice: Slice | undefined,
  inserted: ExecuteInsertOutput,
): Inserted {
  const templates = Object.fromEntries(rendered.templates.map(({ name, hash }) => [name, hash]));
  const declared = Object.fromEntries(
    rendered.templates.flatMap((t) => (t.declared ? [[t.name, t.declared] as const] : [])),
  );
  return { partition: rendered.partition, inserted, templates, declared, events: eventsOf(rendered, slice) };
}

/** Its third step: verify. @throws ActivityFailure */
export async function verifyPartition(context: ChunkContext, of: Inserted): Promise<ComputedDay> {
  const { settings, candidates, chunk, days } = context;
  const { eventTypes, maxExecutionSeconds, override } = settings;
  const { partition, inserted, templates, declared, events } = of;
  const { token, writtenRows, sliceAlone } = inserted;
  const day = context.decoded.get(partition);
  const summary = `${partition} · ${writtenRows} rows`;
  const verified = await queries(maxExecutionSeconds).verifyRowCounts.executeWithOptions({ summary }, [
    {
      partition,
      chunk,
      candidates,
      maxExecutionSeconds,
      token,
      writtenRows,
      templates: Object.keys(templates),
      declared,
      eventTypes,
      ...events,
      days,
      ...(day ? { decoded: { rows: day.rows, checksum: day.checksum, source: day.source } } : {}),
      ...(sliceAlone ? { sliceAlone } : {}),
      ...(override === undefined ? {} : { override }),
    },
  ]);
  const overridden = override !== undefined && verified.findings?.some(({ level }) => level === 'blocking');
  const reasons = [...(inserted.reason === undefined ? [] : [inserted.reason]), ...(overridden ? [override] : [])];
  const reason = reasons.length > 0 ? { reason: [...new Set(reasons)].join('; ') } : {};
  return { partition, templates, ...withDecoding(inserted, day), ...verified, ...reason };
}

/** What a day cost: its INSERT, and its share of the decoding. */
function withDecoding(inserted: ExecuteInsertOutput, day: DecodedDay | undefined): ExecuteInsertOutput {
  if (!day) return inserted;
  return {
    ...inserted,
    readRows: inserted.readRows + day.readRows,
    readBytes: inserted.readBytes + day.readBytes,
    elapsedMs: inserted.elapsedMs + day.elapsedMs,
  };
}
