import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from '../../clickhouse/database.js';
import { loadSettings } from '../../config/settings.js';
import { type Describe } from '../../templates/describe-piece.js';
import { examineTemplates } from '../../worker/check-templates.js';
import { EVENT_TYPES, sqlDirOf, type SqlHarness } from '../sql/harness.js';

/** Files below `sql/`, by their path. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** A `sql/` of one template. */
export const one = (text: string | Buffer): Files => ({ 'm.sql': text });

/** What a worker says about `files` when it starts, line by line; paths of this run are `<sql>`, its database `<database>`. */
export async function refused(sql: SqlHarness, files: Files): Promise<string[]> {
  const directory = sqlDirOf({});
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const said = await refusedIn(directory, sql);
  return said.map((line) => line.replaceAll(directory, '<sql>').replaceAll(sql.database, '<database>'));
}

/** What was described once, such as the shipped source, is not described again for each case. */
const described = new Map<string, ReturnType<Describe>>();

/** The same about a `sql/` that is there. */
export async function refusedIn(sqlDir: string, sql: SqlHarness): Promise<readonly string[]> {
  const settings = loadSettings({ LLMA_SQL_DIR: sqlDir, LLMA_EVENT_TYPES: EVENT_TYPES.join(',') }, '/nonexistent');
  const select = (statement: string) => {
    const known = described.get(statement) ?? sql.describe(statement);
    described.set(statement, known);
    return known as Promise<never[]>;
  };
  const database = { select, supported: () => Promise.resolve({}) } as unknown as Database;
  return (await examineTemplates(settings, database)).problems;
}
