import type { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../clickhouse/database.js';
import { CODE, errorCode } from '../clickhouse/errors.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { permanent } from './failure.js';

/** The failure CandidatesLost, when `error` says that a table is unknown and the candidates' table is no longer there. */
export async function candidatesLost(
  database: Database,
  { candidates, what }: { candidates: string; what: string },
  error: unknown,
): Promise<ApplicationFailure | undefined> {
  if (errorCode(error) !== CODE.unknownTable) return undefined;
  const params = { database: database.settings.database, table: candidates };
  const sql = 'SELECT count() AS n FROM system.tables WHERE database = {database:String} AND name = {table:String}';
  const [row] = await database.select<{ n: string }>(sql, { params });
  return Number(row?.n) === 0
    ? permanent(FAILURE.candidatesLost, `${what}: the table ${candidates} is gone`)
    : undefined;
}
