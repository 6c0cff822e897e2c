import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { openDatabase, type Database } from './database.js';
import { CODE, errorCode } from './errors.js';
import {
  MigrationError,
  pendingMigrations,
  readMigrations,
  SCHEMA_DIR,
  type AppliedMigration,
  type Migration,
} from './migrations.js';
import { FORMER_TABLES, qualified, TABLES } from './names.js';
import { fillIn, loadStatement } from './statement.js';

export interface MigrateOptions {
  /** Also create the tables of the sources, where they don't exist. */
  readonly withSources?: boolean;
  /** Told about each step, one line. */
  readonly log?: (line: string) => void;
  /** Directory of the migrations; default `sql/schema`. */
  readonly directory?: string;
}

/**
 * Creates or upgrades our tables. Safe to run twice and at the same time: every statement is harmless when it runs again,
 * and is recorded only after it ran.
 * @returns the names of the migrations that ran now.
 */
export async function migrate(settings: Settings, options: MigrateOptions = {}): Promise<string[]> {
  // `system` exists on every server; our own database may not yet.
  const database = openDatabase(settings.clickhouse, { database: 'system' });
  try {
    return await run(database, settings, options);
  } catch (error) {
    if (errorCode(error) === CODE.unknownCluster) throw await unknownCluster(database, settings);
    throw error;
  } finally {
    await database.close();
  }
}

async function unknownCluster(database: Database, { cluster }: Settings): Promise<MigrationError> {
  const rows = await database.select<{ cluster: string }>(
    'SELECT DISTINCT cluster FROM system.clusters ORDER BY cluster',
  );
  const known = rows.map((row) => row.cluster).join(', ');
  return new MigrationError(
    `LLMA_CLUSTER="${cluster ?? ''}": ClickHouse has no such cluster; ${known === '' ? 'it has none: unset the variable' : `known are ${known}`}`,
  );
}

async function run(database: Database, settings: Settings, options: MigrateOptions): Promise<string[]> {
  const log = options.log ?? (() => undefined);
  const names = statementNames(database, settings);
  const all = readMigrations(options.directory);
  const { database: own, sourceDatabase } = settings.clickhouse;
  // The source's database is somebody else's, unless this is a fresh installation.
  for (const name of new Set(options.withSources ? [own, sourceDatabase] : [own])) {
    await database.command(`CREATE DATABASE IF NOT EXISTS \`${name}\` ${names.on_cluster}`);
  }
  // The record of migrations is itself number 0: it must be there before it can be read.
  const [record] = all;
  if (record) await database.command(fillIn(record.text, names, record.name));
  const pending = pendingMigrations(all, await applied(database));
  await checkForeignRows(database, pending);
  for (const migration of pending) {
    await database.command(fillIn(migration.text, names, migration.name));
    await recordApplied(database, migration);
    log(`applied ${migration.name}`);
  }
  if (options.withSources) await createSources(database, names, log);
  return pending.map((migration) => migration.name);
}

/**
 * A table of this name that another pipeline filled would lose its rows to the first publish of each month.
 * @throws MigrationError while our own truth about it, the versions, is not there yet.
 */
async function checkForeignRows(database: Database, pending: readonly Migration[]): Promise<void> {
  if (!pending.some(({ text }) => text.includes('{{ versions }}'))) return;
  const names = [TABLES.daily, TABLES.versions];
  const { database: own } = database.settings;
  const tables = await database.select<{ name: string; rows: string | null }>(
    'SELECT name, total_rows AS rows FROM system.tables WHERE database = {database:String} AND name IN ({names:Array(String)})',
    { params: { database: own, names } },
  );
  const rows = Number(tables.find(({ name }) => name === TABLES.daily)?.rows ?? 0);
  if (rows === 0 || tables.some(({ name }) => name === TABLES.versions)) return;
  throw new MigrationError(
    `${own}.${TABLES.daily} has ${rows} rows that llma-metrics did not compute, and would replace: rename the table, or set CLICKHOUSE_DATABASE to another database, and migrate again`,
  );
}

async function createSources(database: Database, names: Record<string, string>, log: (line: string) => void) {
  for (const file of readdirSync(join(SCHEMA_DIR, 'sources')).sort()) {
    await database.command(loadStatement(join('schema', 'sources', file), names));
    log(`source table of ${file} is there`);
  }
}

function statementNames(database: Database, settings: Settings) {
  const { states, state_versions } = database.tables;
  const own = settings.clickhouse.database;
  return {
    ...database.tables,
    // Those that took the places of others, whose migrations can't change any more, have names of their own there.
    ...{ mergeable: states, mergeable_versions: state_versions },
    states: qualified(own, FORMER_TABLES.states),
    state_versions: qualified(own, FORMER_TABLES.state_versions),
    source_database: settings.clickhouse.sourceDatabase,
    engine: settings.engine,
    on_cluster: settings.cluster === undefined ? '' : `ON CLUSTER '${settings.cluster}'`,
  };
}

function applied(database: Database): Promise<AppliedMigration[]> {
  return database.select(`SELECT DISTINCT number, name, checksum FROM ${database.tables.migrations} ORDER BY number`);
}

async function recordApplied(database: Database, { number, name, checksum }: Migration): Promise<void> {
  const applied_at = new Date().toISOString().replace('Z', '');
  await database.insert(database.tables.migrations, [{ number, name, checksum, applied_at }]);
}
