import type { Database, Summary } from '../../clickhouse/database.js';
import { namesToTellApart, SLICE_COLUMNS, type CanonicalColumn } from '../../templates/canonical.js';
import type { Catalogue } from '../../templates/catalogue.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { permanent } from '../failure.js';
import { countSlice, type DayCounts } from './count.js';
import { makeSlice } from './make.js';
import { fitsTwice } from './room.js';
import { refuseSharedIds } from './shared-ids.js';
import type { Slice } from './slice.js';
import { dropSlice, selectRows, type Attempt } from './statements.js';

export interface FillOptions<Read> {
  readonly engine: Slice['engine'];
  readonly columns: readonly CanonicalColumn[];
  /** The relation of the days' events, with those that are left out. */
  readonly llmEvents: string;
  readonly catalogue: Pick<Catalogue, 'sources'>;
  /** Whether of an event that was delivered several times one delivery stays. */
  readonly deduplicate: boolean;
  /** For a slice, and for it and its copy without these: what needs more is on disk. */
  readonly memoryMb: number;
  /** What is looked at when the source has been read, beside the count of the slice. */
  readonly whenRead: () => Promise<Read>;
}

export interface Filled<Read = unknown> {
  readonly table: string;
  readonly engine: Slice['engine'];
  /** Of the table, as they are in memory. */
  readonly bytes: number;
  /** Of the query that read the source. */
  readonly summary: Summary;
  /** Of each day that has rows. */
  readonly days: ReadonlyMap<string, DayCounts>;
  readonly read: Read;
}

/**
 * Decodes events into a new slice and counts it. Deliveries beyond the first are looked for in every slice, and taken away only from one that has some.
 * @throws SliceLost when it, or its copy without them, has not what it must have, TemplateError for ids that several sources have
 */
export async function fillSlice<Read>(attempt: Attempt, options: FillOptions<Read>): Promise<Filled<Read>> {
  const { columns: all, llmEvents, deduplicate, memoryMb } = options;
  const { database } = attempt.deps;
  const columns = all.map(({ name }) => name).join(', ');
  const made = await makeSlice(attempt, options, {
    file: 'pipeline/decode-slice.sql',
    names: { llm_events: llmEvents, columns },
  });
  const { table, engine, summary } = made;
  const bytes = summary.writtenBytes;
  const [days, read] = await Promise.all([counted(attempt, table, summary), options.whenRead()]);
  const repeated = [...days].filter(([, { repeated: times }]) => times > 0).map(([day]) => day);
  if (repeated.length === 0) return { ...made, bytes, days, read };
  if (!deduplicate) return { ...made, bytes, days: await withFingerprints(attempt, table, days), read };
  await refuseSharedIds(attempt, table, options.catalogue);
  const narrow = all.length < SLICE_COLUMNS.length;
  const fits = fitsTwice(summary, { kept: toBeKept(days), narrow, memoryMb });
  const copy = await makeSlice(
    attempt,
    { ...options, engine: fits ? engine : 'MergeTree' },
    {
      file: 'pipeline/deduplicate-slice.sql',
      names: { decoded: database.temporary(table), columns, told_apart: namesToTellApart(all) },
      params: { days: repeated },
    },
  );
  const clean = copy.table;
  const kept = await counted(attempt, clean, copy.summary);
  for (const [day, { allRows, repeated: times }] of days) {
    const [events, found] = [allRows - times, kept.get(day)?.allRows ?? 0];
    if (found !== events) throw lost(`slice ${clean}: ${events} events of ${day} are to be kept, ${found} are there`);
  }
  await dropSlice(attempt, table);
  return {
    table: clean,
    engine: copy.engine,
    bytes: copy.summary.writtenBytes,
    summary,
    read,
    days: new Map([...kept].map(([day, of]) => [day, withDuplicates(of, days.get(day))])),
  };
}

/** Rows that are left when each event is there once. */
function toBeKept(days: ReadonlyMap<string, DayCounts>): number {
  return [...days.values()].reduce((sum, { allRows, repeated }) => sum + allRows - repeated, 0);
}

/** @throws SliceLost for a slice that does not have what was written to it. */
async function counted(attempt: Attempt, table: string, { writtenRows }: Summary) {
  const days = await countSlice(attempt, table);
  const found = [...days.values()].reduce((sum, { allRows }) => sum + allRows, 0);
  if (found === writtenRows) return days;
  throw lost(`slice ${table}: ${writtenRows} rows were written, ${found} are there`);
}

function lost(what: string) {
  return permanent(FAILURE.sliceLost, `${what}; ClickHouse restarted, or the insert was cut`);
}

/** What a day has after its deduplication, with the number of deliveries that were taken away. */
function withDuplicates(kept: DayCounts, before: DayCounts | undefined): DayCounts {
  const duplicates = before?.source.duplicates ?? 0;
  return { ...kept, source: { ...kept.source, duplicates } };
}

/** Of days that keep all their deliveries: the fingerprint is that of distinct events. */
async function withFingerprints(attempt: Attempt, table: string, days: ReadonlyMap<string, DayCounts>) {
  const llm_events = visible(attempt.deps.database, table);
  const sql = attempt.deps.database.statement('pipeline/source-by-day.sql', { llm_events });
  const rows = await selectRows<{ date: string; fingerprint: string }>(attempt, sql);
  const fingerprints = new Map(rows.map(({ date, fingerprint }) => [date, fingerprint]));
  const known = (day: string, counts: DayCounts): DayCounts => ({
    ...counts,
    source: { ...counts.source, fingerprint: fingerprints.get(day) ?? '0' },
  });
  return new Map([...days].map(([day, counts]) => [day, known(day, counts)]));
}

function visible(database: Database, table: string): string {
  return `(SELECT date, team_id, event, event_id FROM ${database.temporary(table)} WHERE NOT left_out)`;
}
