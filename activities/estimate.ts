import { type Database } from '../clickhouse/database.js';
import { classify, CODE, errorCode } from '../clickhouse/errors.js';
import type { SourceTables } from './retention/source-tables.js';

export interface Estimated {
  readonly params?: Readonly<Record<string, unknown>>;
  /** What is known of the tables that the SELECT reads. */
  readonly tables: Pick<SourceTables, 'remote' | 'granularity' | 'unindexed' | 'unknown'>;
}

/**
 * Rows that a SELECT would read by the indexes of its tables, on all servers that have some of them, and all of tables without one. Undefined
 * for one that the server can't plan, running it says why; for one of other servers where this one does not explain what they would do;
 * and where nobody says how many rows something has, as of a table without an index that other servers don't show us. Infinity for one that would
 * read more than this statement may (`max_rows_to_read`), or of which a subquery would that the server runs while it plans.
 */
export async function estimateRows(
  database: Pick<Database, 'select' | 'statement'>,
  select: string,
  { params = {}, tables }: Estimated,
): Promise<number | undefined> {
  if (tables.unindexed === Infinity) return undefined;
  const file = `pipeline/estimate${tables.remote ? '-shards' : ''}.sql`;
  try {
    const rows = await database.select<{ rows: string; explain: string }>(database.statement(file, { select }), {
      params,
    });
    if (!tables.remote) return Number(rows[0]?.rows ?? 0) + tables.unindexed;
    const lines = rows.map(({ explain }) => explain);
    if (tables.unknown.length > 0 && lines.some(hasNoGranules)) return undefined;
    return granulesOf(lines) * tables.granularity;
  } catch (error) {
    if (errorCode(error) === CODE.tooManyRows) return Infinity;
    if (classify(error) !== 'permanent') throw error;
    return undefined;
  }
}

/** Reads by an index, what leads to other reads, rows that are made up, and those that wait to be written: a few. */
const COUNTED = /ReadFrom(?:(?:MergeTree|Merge|Remote|SystemOne|SystemNumbers)\b|PreparedSource \(Read from buffers )/;

/** Whether a line is a read of something without an index: its rows are in no granule. */
export function hasNoGranules(line: string): boolean {
  return line.includes('ReadFrom') && !COUNTED.test(line);
}

/** Granules that are read in the end: of each read of a table those that the last of its indexes leaves. */
export function granulesOf(explain: readonly string[]): number {
  let all = 0;
  let ofRead = 0;
  for (const line of explain) {
    const granules = /Granules: (\d+)(?:\/\d+)?/.exec(line)?.[1];
    if (granules !== undefined) ofRead = Number(granules);
    else if (line.includes('ReadFromMergeTree (')) {
      all += ofRead;
      ofRead = 0;
    }
  }
  return all + ofRead;
}
