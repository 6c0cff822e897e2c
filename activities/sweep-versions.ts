import { newToken, QUERY_PREFIX } from '../clickhouse/names.js';
import { runQuery } from '../clickhouse/run-query.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';

export interface SweepVersionsInput {
  readonly olderThanDays: number;
}

export interface SweepVersionsOutput {
  /** Rows that were deleted. */
  readonly rows: number;
}

/** Superseded runs of a month. */
interface Superseded {
  swept: 'versions' | 'state_versions';
  month: string;
  rows: string;
  runs: string[];
}

/** Runs that one DELETE names: its address has them, and on a replicated table so has a node of Keeper. */
const MOST_RUNS = 5_000;

/** Deletes rows and states of old versions that are no longer current: nobody's visible rows. Looks first, because a DELETE is never free. */
export function sweepVersions({ database }: ActivityDeps) {
  return async ({ olderThanDays }: SweepVersionsInput): Promise<SweepVersionsOutput> => {
    const { attempt } = caller();
    return await withHeartbeats(async (signal) => {
      try {
        const months = await database.select<Superseded>(database.statement('pipeline/old-versions.sql'), {
          params: { days: olderThanDays },
          signal,
        });
        for (const { swept, month, runs } of months) {
          const sql = database.statement('pipeline/sweep-versions.sql', { swept: database.tables[swept] });
          for (let from = 0; from < runs.length; from += MOST_RUNS) {
            const params = { month: Number(month), runs: runs.slice(from, from + MOST_RUNS).map(BigInt) };
            await runQuery(database, { sql, params, signal, queryId: `${QUERY_PREFIX}sweep-${newToken()}` });
          }
        }
        return { rows: months.reduce((sum, { rows }) => sum + Number(rows), 0) };
      } catch (error) {
        signal.throwIfAborted();
        throw toFailure(error, { type: FAILURE.clickhouse, what: 'sweeping old versions', attempt });
      }
    });
  };
}
