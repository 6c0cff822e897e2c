import { type Database } from '../clickhouse/database.js';
import { classify } from '../clickhouse/errors.js';

/** Rows of tables on this server that a SELECT would read, by their indexes. Undefined for one that the server can't plan: running it says why. */
export async function estimateRows(
  database: Database,
  select: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<number | undefined> {
  try {
    const sql = database.statement('pipeline/estimate.sql', { select });
    const [row] = await database.select<{ rows: string }>(sql, { params });
    return Number(row?.rows ?? 0);
  } catch (error) {
    if (classify(error) !== 'permanent') throw error;
    return undefined;
  }
}
