import { monthBounds, type Month, type Partition } from '../config/partition.js';
import type { Database } from './database.js';

export interface DaySum {
  readonly rows: number;
  /** Sum of cityHash64 of each row, as digits. */
  readonly checksum: string;
}

export type DaySums = ReadonlyMap<Partition, DaySum>;

/** Count and checksum of each day of a month; a day without rows is absent. `table` is a qualified name or a relation of ours. */
export async function daySums(database: Database, table: string, month: Month, params = {}): Promise<DaySums> {
  const { from, toExclusive: to } = monthBounds(month);
  const rows = await database.select<{ date: Partition; rows: string; checksum: string }>(
    database.statement('pipeline/day-sums.sql', { table }),
    { params: { from, to, ...params } },
  );
  return new Map(rows.map(({ date, rows: count, checksum }) => [date, { rows: Number(count), checksum }]));
}

/** The days on which the two differ, in order. */
export function differingDays(one: DaySums, other: DaySums): Partition[] {
  const days = [...new Set([...one.keys(), ...other.keys()])].sort();
  return days.filter((day) => {
    const [a, b] = [one.get(day), other.get(day)];
    return a?.rows !== b?.rows || a?.checksum !== b?.checksum;
  });
}
