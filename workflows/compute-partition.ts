import { condition } from '@temporalio/workflow';
import type { ComputedDay } from '../activities/accept-partitions.js';
import type { ExecuteInsertOutput } from '../activities/execute-insert.js';
import type { RunSettings } from '../activities/read-settings.js';
import type { DecodedDay, Slice } from '../activities/slice/slice.js';
import type { Partition } from '../config/partition.js';
import { queries, renderTemplates } from './activities-proxy.js';
import type { DayRange } from './plan/chunks.js';
import { fits, sizeOf } from './plan/budget.js';

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

/** A partition's three steps. @throws ApplicationFailure for a permanent failure of one of them. */
export async function computePartition(context: ChunkContext, partition: Partition): Promise<ComputedDay> {
  const { settings, candidates, chunk, days, budget, slice } = context;
  const day = context.decoded.get(partition);
  const { eventTypes, metrics, maxExecutionSeconds, override, computeExpired } = settings;
  const rendered = await renderTemplates.executeWithOptions({ summary: partition }, [
    {
      partition,
      eventTypes,
      ...(metrics ? { metrics } : {}),
      ...(slice ? { slice: { table: slice.table, sourcesHash: slice.sourcesHash } } : {}),
    },
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
      {
        ...rendered,
        candidates,
        chunk,
        maxExecutionSeconds,
        ...(slice && day ? { slice: { of: slice, day, eventTypes } } : {}),
        ...(computeExpired ? { computeExpired } : {}),
      },
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
      ...(day ? { decoded: { rows: day.rows, checksum: day.checksum, source: day.source } } : {}),
      ...(override === undefined ? {} : { override }),
    },
  ]);
  const templates = Object.fromEntries(rendered.templates.map(({ name, hash }) => [name, hash]));
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
