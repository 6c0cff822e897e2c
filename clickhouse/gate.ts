import type { Month, Partition } from '../config/partition.js';
import type { CurrentRun } from './current.js';
import type { Database } from './database.js';
import type { LiveTable } from './live-table.js';
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
  readonly runs: readonly CurrentRun[];
  readonly tables: readonly { readonly of: LiveTable; readonly staging: string }[];
  readonly counts: StagedCounts;
}

interface Copy {
  readonly date: Partition;
  readonly team_id: string;
  readonly metric_name: string;
  readonly copies: string;
}

/** Whether a team and metric, or state, of one of these days is there twice. @throws PublishGateError */
export async function refuseDuplicates(
  database: Database,
  { month, runs, tables, counts }: Staged,
  changed: readonly Partition[],
): Promise<void> {
  for (const { of, staging } of tables) {
    // Mostly the keys were counted, and are as many as rows: then none of them is there twice. They weren't where only the live rows differ.
    const days = changed.filter((day) => (counts[`${of.name}_keys`].get(day) ?? 0) < (counts[of.name].get(day) ?? 0));
    if (days.length === 0) continue;
    const sql = database.statement('pipeline/staged-duplicates.sql', { staging });
    const [copy] = await database.select<Copy>(sql, { params: { days } });
    if (copy)
      throw new PublishGateError(`month ${month} was not published: ${await whose(database, of, { copy, runs })}`);
  }
}

/** What is there twice, of which templates, and what mends it. */
async function whose(
  database: Database,
  { accepted, name }: LiveTable,
  { copy, runs }: { readonly copy: Copy; readonly runs: readonly CurrentRun[] },
): Promise<string> {
  const { date, team_id: team, metric_name: metric, copies } = copy;
  const rows = await database.select<{ template: string }>(
    database.statement('pipeline/templates-of-key.sql', { accepted: database.tables[accepted] }),
    { params: { date, team, metric, runs: runs.map(({ run }) => run) } },
  );
  const what = name === 'daily' ? `rows of metric "${metric}"` : `states "${metric}"`;
  return (
    `${date} has ${copies} ${what} for team ${team}, of ${rows.map(({ template }) => `sql/${template}.sql`).join(' and ')}: ` +
    `give it another name in one of them, or remove that one, and compute the day again with "llma backfill --from ${date} --to ${date}"`
  );
}
