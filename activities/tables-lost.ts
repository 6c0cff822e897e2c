import type { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../clickhouse/database.js';
import { CODE, errorCode } from '../clickhouse/errors.js';
import { candidateStates } from '../clickhouse/names.js';
import { FAILURE, type FailureType } from '../workflows/plan/failures.js';
import { permanent } from './failure.js';

interface Lost {
  readonly candidates: string;
  readonly slice?: string | undefined;
  /** What is being done, for the head of the message. */
  readonly what: string;
}

/** The failure CandidatesLost or SliceLost, when `error` says that a table is unknown and that one is no longer there. */
export async function tablesLost(
  database: Database,
  { candidates, slice, what }: Lost,
  error: unknown,
): Promise<ApplicationFailure | undefined> {
  if (errorCode(error) !== CODE.unknownTable) return undefined;
  const tables: [string, FailureType][] = [[candidates, FAILURE.candidatesLost]];
  const states = candidateStates(candidates);
  // Not every chunk has states: whoever asked for them says so.
  if (error instanceof Error && error.message.includes(states)) tables.push([states, FAILURE.candidatesLost]);
  if (slice !== undefined) tables.push([slice, FAILURE.sliceLost]);
  const params = { database: database.settings.database, tables: tables.map(([table]) => table) };
  const sql = 'SELECT name FROM system.tables WHERE database = {database:String} AND has({tables:Array(String)}, name)';
  const rows = await database.select<{ name: string }>(sql, { params });
  const gone = tables.find(([table]) => !rows.some(({ name }) => name === table));
  return gone && permanent(gone[1], `${what}: the table ${gone[0]} is gone`);
}
