import { monthBounds, type Month, type Partition } from '../config/partition.js';
import type { Database } from './database.js';
import type { LiveTable } from './live-table.js';

export interface DaySum {
  readonly rows: number;
  /** Sum of cityHash64 of each row, as digits. */
  readonly checksum: string;
}

/** A relation that has the key and the summed column of a live table. */
export interface Summed {
  readonly of: LiveTable;
  /** A qualified name, or a relation of ours. */
  readonly table: string;
}

/** Of live tables, or of what they should be: count and checksum of each day; a day without rows is absent. */
export type DaySums = Readonly<Record<LiveTable['name'], ReadonlyMap<Partition, DaySum>>>;

/** The sums of some tables in one statement. A table that is not asked about has no days. */
export async function daySums(
  database: Database,
  tables: readonly Summed[],
  month: Month,
  params = {},
): Promise<DaySums> {
  const { from, toExclusive: to } = monthBounds(month);
  const selects = tables.map(({ of: { name, summed }, table }) =>
    database.statement('pipeline/day-sums.sql', { name, summed, table }),
  );
  const rows = await database.select<{ name: LiveTable['name']; date: Partition; rows: string; checksum: string }>(
    selects.join('\nUNION ALL\n'),
    { params: { from, to, ...params } },
  );
  const sums = { daily: new Map<Partition, DaySum>(), states: new Map<Partition, DaySum>() };
  for (const { name, date, rows: count, checksum } of rows) sums[name].set(date, { rows: Number(count), checksum });
  return sums;
}

/** The days on which the two differ, in order. */
export function differingDays(one: DaySums, other: DaySums): Partition[] {
  const names = ['daily', 'states'] as const;
  const days = names.flatMap((name) => {
    const both = [...one[name].keys(), ...other[name].keys()];
    return both.filter((day) => !same(one[name].get(day), other[name].get(day)));
  });
  return [...new Set(days)].sort();
}

function same(a: DaySum | undefined, b: DaySum | undefined): boolean {
  return a?.rows === b?.rows && a?.checksum === b?.checksum;
}
