import type { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../clickhouse/database.js';
import { CODE, errorCode } from '../clickhouse/errors.js';
import type { Partition } from '../config/partition.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { kindOf } from './attempts.js';
import type { ActivityDeps } from './deps.js';
import { estimateRows } from './estimate.js';
import { permanent } from './failure.js';
import { analysing, type ExecuteInsertInput } from './insert-settings.js';
import type { SourceFacts } from './retention/guard.js';
import type { SourceTables } from './retention/source-tables.js';
import { eventsOf } from './slice/choose.js';
import { askedBy, type Asking } from './slice/statements.js';

/** Rows that may always be read: granules make estimates of small tables coarse. */
export const FLOOR = 1_000_000;

/** How many rows a partition's queries may read. */
export interface ReadLimit {
  /** Of all templates and the recount together: `max_rows_to_read`. */
  readonly rows: number;
  /** Of one template, by its name: its share, for finding the one that asks for more. */
  readonly shares: Readonly<Record<string, number>>;
  /** Beside its share, of slices. */
  readonly ofSlice: number;
  readonly tables: SourceTables;
}

/** What a limit is worked out with. */
interface Estimating extends Pick<ActivityDeps, 'settings' | 'catalogue'> {
  readonly database: Pick<Database, 'select' | 'statement'>;
}

/**
 * The limit of a partition's INSERT: a multiple of what one read of the partition's events takes, for every read that its templates and
 * the recount make. From the source's own estimate, not from the query's: one that forgot its date range would estimate a year.
 * @returns undefined where there is no limit: by configuration, and where nobody here can estimate the rows: of a table function like remote(), of a table that a view shows and our user may not see, of shards behind an older server.
 */
export async function readLimit(
  { database, settings, catalogue }: Estimating,
  facts: SourceFacts,
  { partition, llmEvents, slice }: Pick<ExecuteInsertInput, 'partition' | 'llmEvents' | 'slice'>,
): Promise<ReadLimit | undefined> {
  const factor = settings.limits.maxReadFactor;
  if (factor === 0) return undefined;
  const { unknown, remote } = facts.tables;
  // Other servers explain what they would read, whether or not they show us how it is defined.
  if (unknown.length > 0 && !remote) return undefined;
  // Of a slice no query can read more than there is.
  if (slice && !facts.readsSource) return undefined;
  const source = slice
    ? eventsOf({ catalogue: catalogue(), eventTypes: slice.eventTypes, days: [partition] })
    : (llmEvents ?? '');
  const once = await estimateRows(database, `SELECT date FROM ${source}`, facts);
  if (once === undefined || once === Infinity) return undefined;
  const share = (scans: number) => Math.max(FLOOR, Math.ceil(factor * once * Math.max(1, scans)));
  const scans = Object.values(facts.scans).reduce((sum, n) => sum + Math.max(1, n), 0);
  // A table in memory has no index: each read of a slice, the recount's too, goes over all of its days.
  const ofSlice = slice ? slice.of.rows * (facts.sliceScans + 1) : 0;
  return {
    rows: share(scans) + ofSlice,
    shares: Object.fromEntries(Object.entries(facts.scans).map(([name, n]) => [name, share(n)])),
    ofSlice,
    tables: facts.tables,
  };
}

/** When a query was stopped by the limit: the failure that names the templates that would read more than their share. */
export async function blameReads(
  asking: Asking,
  { partition, templates }: ExecuteInsertInput,
  { limit, error }: { limit: ReadLimit | undefined; error: unknown },
): Promise<ApplicationFailure | undefined> {
  if (limit === undefined || errorCode(error) !== CODE.tooManyRows) return undefined;
  const blamed: string[] = [];
  for (const { name, sql } of templates) {
    const share = limit.shares[name] ?? limit.rows;
    const rows = sql === '' ? 0 : await rowsOf(asking, sql, { partition, limit, share });
    const much =
      rows === Infinity
        ? `it would read more rows than its limit of ${count(share)}`
        : `it would read ${count(rows)} rows, its limit is ${count(share)}`;
    if (rows > share) blamed.push(`sql/${name}.sql for partition ${partition}: ${much}`);
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

interface Read {
  readonly partition: Partition;
  readonly limit: ReadLimit;
  readonly share: number;
}

/** Rows that a template would read; infinite where the server refuses to plan it, or a subquery that runs meanwhile, for being beyond its share. */
async function rowsOf(asking: Asking, sql: string, { partition, limit, share }: Read): Promise<number> {
  const settings = analysing(asking.settings, share + limit.ofSlice);
  const params = { partition, dates: [partition], token: '' };
  try {
    return (await estimateRows(askedBy({ ...asking, settings }), sql, { params, tables: limit.tables })) ?? 0;
  } catch (error) {
    // It takes too long to say: no answer to the question whose fault it is.
    if (kindOf(error).atLimit > 0) return 0;
    throw error;
  }
}

function count(rows: number): string {
  return rows.toLocaleString('en-US');
}
