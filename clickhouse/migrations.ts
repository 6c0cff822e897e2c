import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../config/package-file.js';

/** One numbered file of `sql/schema/`: one statement, harmless when it runs twice. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  /** Of the file's text before anything is filled in, so that another engine or database is not an edit. */
  readonly checksum: string;
}

/** Migrations that can't be used. The message says which file, and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export const SCHEMA_DIR = packageFile('sql', 'schema');

/** The migrations of `directory`, by number. @throws MigrationError for a name that isn't `000001_words.sql`, or a number used twice. */
export function readMigrations(directory = SCHEMA_DIR): Migration[] {
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql'));
  const migrations = files.sort().map((file) => {
    const number = /^(\d{6})_[a-z0-9_]+\.sql$/.exec(file)?.[1];
    if (number === undefined)
      throw new MigrationError(`sql/schema/${file}: expected a name like 000005_what_it_does.sql`);
    const text = readFileSync(join(directory, file), 'utf8');
    return { number: Number(number), name: file, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
  for (const [index, migration] of migrations.entries()) {
    if (migrations[index - 1]?.number === migration.number) {
      throw new MigrationError(
        `sql/schema/${migration.name}: its number is taken by ${migrations[index - 1]?.name}; give it the next free one`,
      );
    }
  }
  return migrations;
}

/** What is recorded on the server about a migration. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * The migrations that have not run yet.
 * @throws MigrationError when an applied one was edited, or is unknown to this version (an older program on a newer schema).
 */
export function pendingMigrations(all: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  for (const row of applied) {
    const file = all.find((migration) => migration.number === row.number);
    if (!file) {
      const moved = all.find((migration) => migration.checksum === row.checksum);
      if (moved) throw new MigrationError(`sql/schema/${moved.name} ran as ${row.name}: give it back that number`);
      throw new MigrationError(
        `the database has migration ${row.name}, which this version does not know: it was made by a newer llma-metrics; use that version`,
      );
    }
    if (file.checksum !== row.checksum) {
      throw new MigrationError(
        `sql/schema/${file.name} was edited after it ran (as ${row.name}): put its old text back, and write the change as a new migration`,
      );
    }
  }
  return all.filter((migration) => !applied.some((row) => row.number === migration.number));
}
