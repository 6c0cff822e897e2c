import { monthBounds, type Month, type Partition } from '../config/partition.js';
import type { Database } from './database.js';
import type { LiveTable } from './live-table.js';

/** The latest complete run of a day and template: its rows are the current ones. */
export interface CurrentRun {
  readonly date: Partition;
  readonly template: string;
  readonly run: bigint;
  /** As its marker says. */
  readonly rows: number;
  readonly version: number;
}

interface Row {
  date: Partition;
  template: string;
  run: string;
  rows: number;
  version: string;
}

/** The current runs of a month: a small list, from the markers alone. */
export async function currentRuns(database: Database, month: Month): Promise<CurrentRun[]> {
  const { from, toExclusive: to } = monthBounds(month);
  const rows = await database.select<Row>(database.statement('pipeline/current-runs.sql'), { params: { from, to } });
  return rows.map((row) => ({ ...row, run: BigInt(row.run), version: Number(row.version) }));
}

/** How many states each accepted run of a month has; one without any is absent. */
export async function stateRuns(database: Database, month: Month): Promise<ReadonlyMap<bigint, number>> {
  const { from, toExclusive: to } = monthBounds(month);
  const sql = database.statement('pipeline/state-runs.sql');
  const rows = await database.select<{ run: string; rows: string }>(sql, { params: { from, to } });
  return new Map(rows.map(({ run, rows: n }) => [BigInt(run), Number(n)]));
}

/** What a live table should show, as a relation of these columns and the key; its `runs` are a parameter. */
export function currentRelation(database: Database, { accepted }: LiveTable, values: string): string {
  return database.statement('pipeline/current-rows.sql', { accepted: database.tables[accepted], values });
}
