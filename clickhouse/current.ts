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

/** A run of a day. */
export type DayRun = Pick<CurrentRun, 'date' | 'run'>;

/** What the ledger has of a day. */
export interface SaidOfDay {
  readonly date: Partition;
  /** Those that it last said to be visible. */
  readonly runs: readonly bigint[];
  /** The moment after all that it has of the day, `YYYY-MM-DD hh:mm:ss.ffffff` in UTC: later than now where the clock went back. */
  readonly next: string;
}

/** What the ledger has of a month's days. */
export async function saidOfDays(database: Database, month: Month): Promise<SaidOfDay[]> {
  const { from, toExclusive: to } = monthBounds(month);
  const sql = database.statement('pipeline/visible-runs.sql');
  const rows = await database.select<{ date: Partition; runs: string[]; next: string }>(sql, { params: { from, to } });
  return rows.map((row) => ({ ...row, runs: row.runs.map(BigInt) }));
}

/** The runs that are visible by it. */
export function visibleRuns(said: readonly SaidOfDay[]): DayRun[] {
  return said.flatMap(({ date, runs }) => runs.map((run) => ({ date, run })));
}

/** The days that do not have the same runs in both. */
export function daysOfOtherRuns(one: readonly DayRun[], other: readonly DayRun[]): Partition[] {
  const [ones, others] = [runsByDay(one), runsByDay(other)];
  return [...new Set([...ones.keys(), ...others.keys()])].filter((day) => ones.get(day) !== others.get(day));
}

/** Whether two lists name the same runs. */
export function sameRuns(one: readonly DayRun[], other: readonly DayRun[]): boolean {
  return daysOfOtherRuns(one, other).length === 0;
}

function runsByDay(runs: readonly DayRun[]): ReadonlyMap<Partition, string> {
  const days = new Map<Partition, bigint[]>();
  for (const { date, run } of runs) days.set(date, [...(days.get(date) ?? []), run]);
  return new Map([...days].map(([day, of]) => [day, of.map(String).sort().join()]));
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
