import { parseMonth, type Month, type Partition } from '../config/partition.js';
import { currentRelation, currentRuns } from './current.js';
import type { Database } from './database.js';
import { daySums, differingDays } from './day-sums.js';
import { DAILY, STATES } from './live-table.js';

/** A month whose live rows are not its current ones, and the days on which they differ. */
export interface UnfinishedMonth {
  readonly month: Month;
  readonly days: readonly Partition[];
}

/** Compares live and current rows of every month that has any: what it returns needs a publish. */
export async function unfinishedMonths(database: Database, signal?: AbortSignal): Promise<UnfinishedMonth[]> {
  const { daily, states, versions } = database.tables;
  const dates = [versions, daily, states].map((table) => `SELECT date FROM ${table}`).join(' UNION ALL ');
  const rows = await database.select<{ month: string }>(
    `SELECT DISTINCT toString(toYYYYMM(date)) AS month FROM (${dates}) ORDER BY month`,
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

/** The days of a month whose live rows or states are not the current ones, by count and checksum. */
export async function unfinishedDays(database: Database, month: Month): Promise<Partition[]> {
  const runs = (await currentRuns(database, month)).map(({ run }) => run);
  const tables = [DAILY, STATES];
  const current = tables.map((of) => ({ of, table: currentRelation(database, of, of.summed) }));
  const live = tables.map((of) => ({ of, table: database.tables[of.name] }));
  return differingDays(await daySums(database, current, month, { runs }), await daySums(database, live, month));
}
