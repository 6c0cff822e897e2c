import { FAILURE } from '../workflows/plan/failures.js';
import type { ActivityDeps } from './deps.js';
import { permanent } from './failure.js';
import type { ExecuteInsertInput } from './insert-settings.js';
import type { Inserted } from './insert-together.js';

/**
 * States that no metric stands beside are the template's fault, unless a restart has emptied what the metrics were computed of, or written
 * to, after the states were: then the day is computed again. Nobody is asked where all of them have their metrics.
 * @throws SliceLost, CandidatesLost
 */
export async function stopIfLost(
  { database }: ActivityDeps,
  { partition, candidates, slice }: ExecuteInsertInput,
  { token, writtenRows, states = [] }: Inserted,
): Promise<void> {
  if (states.every(({ alone }) => Number(alone) === 0)) return;
  const count = async (from: string, where: string) => {
    const sql = `SELECT count() AS rows FROM ${database.temporary(from)} WHERE ${where}`;
    const [row] = await database.select<{ rows: string }>(sql, { params: { token, partition } });
    return Number(row?.rows ?? 0);
  };
  const written = await count(candidates, 'token = {token:String}');
  if (written !== writtenRows) {
    const message = `partition ${partition}: ${writtenRows} rows were written, ${written} are there; ClickHouse restarted`;
    throw permanent(FAILURE.candidatesLost, message);
  }
  if (!slice) return;
  const decoded = await count(slice.of.table, 'date = {partition:Date} AND NOT left_out');
  if (decoded === slice.day.rows) return;
  const message = `partition ${partition}: the slice had ${slice.day.rows} events and now has ${decoded}; ClickHouse restarted`;
  throw permanent(FAILURE.sliceLost, message);
}
