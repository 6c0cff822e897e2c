import { parseMonth, type Month, type Partition } from '../config/partition.js';
import { currentRuns } from './current.js';
import type { Database } from './database.js';
import { daySums, differingDays } from './day-sums.js';

/** A month whose live rows are not its current ones, and the days on which they differ. */
export interface UnfinishedMonth {
  readonly month: Month;
  readonly days: readonly Partition[];
}

/** Compares live and current rows of every month that has any: what it returns needs a publish. */
export async function unfinishedMonths(database: Database, signal?: AbortSignal): Promise<UnfinishedMonth[]> {
  const { daily, versions } = database.tables;
  const rows = await database.select<{ month: string }>(
    `SELECT DISTINCT toString(toYYYYMM(date)) AS month FROM (SELECT date FROM ${versions} UNION ALL SELECT date FROM ${daily}) ORDER BY month`,
  );
  const found: UnfinishedMonth[] = [];
  for (const row of rows) {
    signal?.throwIfAborted();
    const month = parseMonth(row.month);
    const days = await unfinishedDays(database, month);
    if (days.length > 0) found.push({ month, days });
  }
  return found;
}

/** The days of a month whose live rows are not the current ones, by count and checksum. */
export async function unfinishedDays(database: Database, month: Month): Promise<Partition[]> {
  const runs = (await currentRuns(database, month)).map(({ run }) => run);
  const current = database.statement('pipeline/current-rows.sql');
  return differingDays(
    await daySums(database, current, month, { runs }),
    await daySums(database, database.tables.daily, month),
  );
}
