import type { ApplicationFailure } from '@temporalio/common';
import { CODE, errorCode } from '../clickhouse/errors.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { estimateRows } from './estimate.js';
import { permanent } from './failure.js';
import type { ExecuteInsertInput } from './insert-settings.js';
import type { SourceFacts } from './retention/guard.js';
import type { SourceTables } from './retention/source-tables.js';
import { eventsOf } from './slice/choose.js';
import { askedBy, type Asking } from './slice/statements.js';

/** Rows that may always be read: granules make estimates of small tables coarse. */
const FLOOR = 1_000_000;

/** How many rows a partition's queries may read. */
export interface ReadLimit {
  /** Of all templates and the recount together: `max_rows_to_read`. */
  readonly rows: number;
  /** Of one template, by its name: its share, for finding the one that asks for more. */
  readonly shares: Readonly<Record<string, number>>;
  readonly tables: SourceTables;
  /** Who asked, and how: the same asks whose the reads are. */
  readonly asking: Asking;
}

/**
 * The limit of a partition's INSERT: a multiple of what one read of the partition's events takes, for every read that its templates and
 * the recount make. From the source's own estimate, not from the query's: one that forgot its date range would estimate a year.
 * @returns undefined where there is no limit: by configuration, and where nobody here can estimate the rows: of a table function like remote(), of shards behind an older server.
 */
export async function readLimit(
  asking: Asking,
  facts: SourceFacts,
  { partition, llmEvents, slice }: Pick<ExecuteInsertInput, 'partition' | 'llmEvents' | 'slice'>,
): Promise<ReadLimit | undefined> {
  const { settings, catalogue } = asking.deps;
  const factor = settings.limits.maxReadFactor;
  if (factor === 0 || facts.tables.unknown.length > 0) return undefined;
  // Of a slice no query can read more than there is.
  if (slice && !facts.readsSource) return undefined;
  const source = slice
    ? eventsOf({ catalogue: catalogue(), eventTypes: slice.eventTypes, days: [partition] })
    : (llmEvents ?? '');
  const once = await estimateRows(askedBy(asking), `SELECT date FROM ${source}`, facts);
  if (once === undefined) return undefined;
  const share = (scans: number) => Math.max(FLOOR, Math.ceil(factor * once * Math.max(1, scans)));
  const scans = Object.values(facts.scans).reduce((sum, n) => sum + Math.max(1, n), 0);
  // A table in memory has no index: each read of a slice, the recount's too, goes over all of its days.
  const ofSlice = slice ? slice.of.rows * (facts.sliceScans + 1) : 0;
  return {
    rows: share(scans) + ofSlice,
    shares: Object.fromEntries(Object.entries(facts.scans).map(([name, n]) => [name, share(n)])),
    tables: facts.tables,
    asking,
  };
}

/** When a query was stopped by the limit: the failure that names the templates that would read more than their share. */
export async function blameReads(
  { partition, templates }: ExecuteInsertInput,
  { limit, error }: { limit: ReadLimit | undefined; error: unknown },
): Promise<ApplicationFailure | undefined> {
  if (limit === undefined || errorCode(error) !== CODE.tooManyRows) return undefined;
  const { tables, asking } = limit;
  const blamed: string[] = [];
  for (const { name, sql } of templates) {
    const params = { partition, token: '' };
    const rows = sql === '' ? 0 : ((await estimateRows(askedBy(asking), sql, { params, tables })) ?? 0);
    const share = limit.shares[name] ?? limit.rows;
    if (rows > share)
      blamed.push(
        `sql/${name}.sql for partition ${partition}: it would read ${count(rows)} rows, its limit is ${count(share)}`,
      );
  }
  if (blamed.length === 0)
    blamed.push(`partition ${partition}: its templates would read more than ${count(limit.rows)} rows together`);
  const { maxReadFactor } = asking.deps.settings.limits;
  const remedy =
    `the limit is ${maxReadFactor} times what a read of the partition's events takes (LLMA_MAX_READ_FACTOR), at least ${count(FLOOR)}: ` +
    `select from {{ llm_events }}, or restrict the template to its partition, like timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}'; ` +
    `if it needs so many rows, raise LLMA_MAX_READ_FACTOR`;
  return permanent(FAILURE.template, `${blamed.join('\n')}\n${remedy}`);
}

function count(rows: number): string {
  return rows.toLocaleString('en-US');
}
