import type { ClickHouseSettings } from '@clickhouse/client';
import type { Database, Params } from '../clickhouse/database.js';
import { classify } from '../clickhouse/errors.js';
import { digest, insertQueryPrefix, newToken } from '../clickhouse/names.js';
import { selectKillable } from '../clickhouse/run-query.js';
import type { Partition } from '../config/partition.js';
import { kindOf } from './attempts.js';
import { logComment, type Caller } from './context.js';

/** What every day knows that is verified together with others. */
export interface Verified {
  readonly by: Caller;
  /** Of the run, from 0: what clean-up finds the queries by. */
  readonly chunk: number;
  readonly maxExecutionSeconds: number;
  readonly partition: Partition;
  readonly candidates: string;
  readonly token: string;
  /** What the INSERT said that it wrote. */
  readonly writtenRows: number;
  /** What its queries may take. */
  readonly limits: ClickHouseSettings;
}

export interface TogetherOptions {
  readonly params: Params;
  /** For query_log: what these days are asked. */
  readonly what: string;
  /** Rows that they may read; undefined where nothing limits them. */
  readonly mostRows?: string | undefined;
  readonly signal: AbortSignal;
}

/** Candidates up to which one thread is cheaper than dividing them. */
const FEW_ROWS = 300_000;

/**
 * Rows of a SELECT over several days of one chunk. It is killed with the chunk's other queries, and belongs to none of the activities
 * that wait for it: the attempt that one of them makes anew leaves it alone.
 */
export async function selectTogether<Row>(
  database: Database,
  days: readonly Verified[],
  { sql, params, what, mostRows, signal }: TogetherOptions & { readonly sql: string },
): Promise<Row[]> {
  const [first] = days;
  if (!first) return [];
  const { by, chunk, maxExecutionSeconds, limits } = first;
  const few = days.reduce((sum, { writtenRows }) => sum + writtenRows, 0) <= FEW_ROWS;
  const own = await database.supported({
    ...(few ? { max_threads: 1 } : {}),
    ...(mostRows === undefined ? {} : { max_rows_to_read: mostRows }),
  });
  const comment = logComment({ [what]: days.map(({ partition }) => partition) }, by);
  return await selectKillable<Row>(database, sql, {
    params,
    signal,
    queryId: `${insertQueryPrefix(by.workflowId, by.runId, chunk)}${digest(what)}-${newToken()}`,
    settings: { ...limits, ...own, max_execution_time: maxExecutionSeconds, log_comment: comment },
  });
}

/** Days with this in common, and `more`, may be asked together. */
export function togetherKey(
  { by, chunk, maxExecutionSeconds, candidates }: Omit<Verified, 'partition' | 'token' | 'writtenRows' | 'limits'>,
  more: unknown,
): string {
  return JSON.stringify([by.workflowId, by.runId, chunk, maxExecutionSeconds, candidates, more]);
}

/** Whether a day is to be asked alone after a query over several failed so: it may be another's fault, or all of them too much. */
export function triesAlone(error: unknown): boolean {
  const kind = classify(error);
  return (kind !== 'transient' && kind !== 'overloaded') || kindOf(error).atLimit > 0;
}
