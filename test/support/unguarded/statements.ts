import type { Database } from '../../../clickhouse/database.js';
import type { Off, Guard } from './guards.js';

interface Change {
  readonly guard: Guard;
  readonly file: string;
  readonly change: (sql: string, database: Database) => string;
}

/** Guards that are words of a statement: how it reads without them. */
const CHANGES: readonly Change[] = [
  {
    guard: 'oneRun',
    file: 'pipeline/current-runs.sql',
    change: (_, { tables }) =>
      `SELECT toString(v.date) AS date, toString(v.template) AS template, v.run AS run, v.metric_value AS rows, v.version AS version
       FROM ${tables.versions} AS v
       WHERE v.team_id = 0 AND v.metric_name = '' AND v.date >= {from:Date} AND v.date < {to:Date}
       ORDER BY v.date, v.template`,
  },
  {
    guard: 'gateCounts',
    file: 'pipeline/current-runs.sql',
    // What is there is what is said to be there.
    change: (sql, { tables }) =>
      `SELECT r.date AS date, r.template AS template, r.run AS run, toFloat64(there.n) AS rows, r.version AS version
       FROM (\n${sql}\n) AS r
       LEFT JOIN (SELECT run, count() AS n FROM ${tables.versions} WHERE metric_name != '' GROUP BY run) AS there ON there.run = r.run
       ORDER BY date, template`,
  },
  {
    guard: 'acceptCounts',
    file: 'pipeline/accept.sql',
    change: (sql) => replaced(sql, 'throwIf(', 'throwIf(0 AND '),
  },
  {
    guard: 'gateDuplicates',
    file: 'pipeline/staged-duplicates.sql',
    change: (sql) => replaced(sql, 'HAVING copies > 1', 'HAVING copies > 1e18'),
  },
];

/** A statement of `sql/` without the guards that are off. */
export function withoutGuards(database: Database, off: Off, { file, sql }: { file: string; sql: string }): string {
  const changes = CHANGES.filter((change) => change.file === file && off.has(change.guard));
  return changes.reduce((text, { change }) => change(text, database), sql);
}

/** A guard that is no longer where it is to be taken off would seem to guard nothing. */
export function replaced(sql: string, words: string, by: string): string {
  if (!sql.includes(words)) throw new Error(`the guard is no longer there: expected "${words}" in\n${sql}`);
  return sql.replace(words, by);
}
