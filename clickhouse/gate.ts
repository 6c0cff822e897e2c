import type { Month, Partition } from '../config/partition.js';
import type { CurrentRun } from './current.js';
import type { Database } from './database.js';
import { DAILY, type LiveTable } from './live-table.js';
import { PublishGateError } from './publish-errors.js';
import type { StagedCounts } from './staging.js';

/** A day whose staged rows are not as many as its markers say. */
export interface Miscount {
  readonly table: LiveTable;
  readonly day: Partition;
  readonly found: number;
  readonly expected: number;
}

/** What is to be staged: the runs, and how many rows each has in a table. */
export interface Expected {
  readonly runs: readonly CurrentRun[];
  readonly countOf: (table: LiveTable, run: CurrentRun) => number;
}

/** Holds the staged rows of each day against its markers. @returns the first day that has others. */
export function miscount(
  tables: readonly LiveTable[],
  { runs, countOf }: Expected,
  counts: StagedCounts,
): Miscount | undefined {
  for (const table of tables) {
    const staged = counts[table.name];
    for (const day of new Set([...runs.map(({ date }) => date), ...staged.keys()])) {
      const expected = runs.filter(({ date }) => date === day).reduce((sum, run) => sum + countOf(table, run), 0);
      const found = staged.get(day) ?? 0;
      if (found !== expected) return { table, day, found, expected };
    }
  }
  return undefined;
}

interface Staged {
  readonly month: Month;
  /** The staging table of rows. */
  readonly staging: string;
  readonly counts: StagedCounts;
}

/** Whether a team and metric of one of these days is there twice. @throws PublishGateError */
export async function refuseDuplicates(
  database: Database,
  { month, staging, counts }: Staged,
  changed: readonly Partition[],
): Promise<void> {
  // Mostly the keys were counted, and are as many as rows: then none of them is there twice. They weren't where only the live rows differ.
  const days = changed.filter((day) => (counts.keys.get(day) ?? 0) < (counts[DAILY.name].get(day) ?? 0));
  if (days.length === 0) return;
  const [copy] = await database.select<{ date: string; team_id: string; metric_name: string; copies: string }>(
    database.statement('pipeline/staged-duplicates.sql', { staging }),
    { params: { days } },
  );
  if (!copy) return;
  throw new PublishGateError(
    `month ${month} was not published: ${copy.date} has ${copy.copies} rows of metric "${copy.metric_name}" for team ${copy.team_id}; ` +
      'two templates return it: give one another name and compute both again',
  );
}
