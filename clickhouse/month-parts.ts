import type { Month } from '../config/partition.js';
import type { Database } from './database.js';

/** What the parts of a month say, without a look at rows. */
export interface MonthParts {
  readonly rows: number;
  /** Hashes of the parts' files: where they are the same, so are the rows. A swap takes files as they are. */
  readonly contents: string;
}

const NONE: MonthParts = { rows: 0, contents: '' };

/** The parts that some tables of our database have of a month, in the order of their names. */
export async function monthParts(database: Database, month: Month, tables: readonly string[]): Promise<MonthParts[]> {
  const rows = await database.select<{ name: string; rows: string; contents: string }>(
    database.statement('pipeline/month-parts.sql'),
    { params: { database: database.settings.database, tables, month } },
  );
  const found = new Map(rows.map(({ name, rows: n, contents }) => [name, { rows: Number(n), contents }]));
  return tables.map((table) => found.get(table) ?? NONE);
}
