import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { schemaProblems } from '../../clickhouse/check-schema.js';
import { openDatabase } from '../../clickhouse/database.js';
import { EXPECTED_TABLES } from '../../clickhouse/expected-schema.js';
import { migrate, type MigrateOptions } from '../../clickhouse/migrate.js';
import { readMigrations, SCHEMA_DIR } from '../../clickhouse/migrations.js';
import { FORMER_TABLES, TABLES } from '../../clickhouse/names.js';
import { fillIn } from '../../clickhouse/statement.js';
import { loadSettings } from '../../config/settings.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const ALL = readMigrations().map(({ name }) => name);
const client = createClient({ url: inject('clickhouseUrl') });
const made: string[] = [];

afterAll(async () => {
  for (const name of made) await client.command({ query: `DROP DATABASE IF EXISTS ${name} SYNC` });
  await client.close();
});

/** A database that does not exist yet. */
function newDatabase(environment: Record<string, string> = {}) {
  const name = `t_mig_${randomBytes(4).toString('hex')}`;
  made.push(name, `${name}_raw`);
  const settings = loadSettings(
    { CLICKHOUSE_URL: inject('clickhouseUrl'), CLICKHOUSE_DATABASE: name, ...environment },
    '/nonexistent',
  );
  return {
    name,
    migrate: (options?: MigrateOptions) => migrate(settings, options),
    command: (query: string) =>
      client.command({ query: query.replaceAll('{db}', name), clickhouse_settings: { wait_end_of_query: 1 } }),
    async select<Row>(query: string): Promise<Row[]> {
      return await (await client.query({ query: query.replaceAll('{db}', name), format: 'JSONEachRow' })).json<Row>();
    },
    async problems(): Promise<string[]> {
      const database = openDatabase(settings.clickhouse, { database: 'system' });
      try {
        return await schemaProblems(database);
      } finally {
        await database.close();
      }
    },
  };
}

/** What stands between two statements of the shipped migrations, as `llma migrate` sends them. */
function statements(database: string): string[] {
  const tables = { ...TABLES, mergeable: TABLES.states, mergeable_versions: TABLES.state_versions, ...FORMER_TABLES };
  const names = Object.fromEntries(Object.entries(tables).map(([key, table]) => [key, `\`${database}\`.\`${table}\``]));
  return readMigrations().map(({ text }) => fillIn(text, { ...names, engine: 'MergeTree', on_cluster: '' }));
}

function editedCopy(edit: (directory: string) => void): string {
  const directory = temporaryDirectory();
  cpSync(SCHEMA_DIR, directory, { recursive: true });
  edit(directory);
  return directory;
}

test('makes everything from nothing, says so, and nothing the second time', async () => {
  const database = newDatabase();
  const log: string[] = [];
  expect(await database.migrate({ log: (line) => log.push(line) })).toEqual(ALL);
  expect(log).toEqual(ALL.map((name) => `applied ${name}`));
  expect(await database.migrate({ log: (line) => log.push(line) })).toEqual([]);
  expect(log).toHaveLength(ALL.length);
  expect(await database.problems()).toEqual([]);
});

test('several at the same time do no harm', async () => {
  for (let round = 0; round < 3; round++) {
    const database = newDatabase();
    await Promise.all([1, 2, 3].map(() => database.migrate({ withSources: true })));
    expect(await database.problems()).toEqual([]);
    expect(await database.migrate()).toEqual([]);
    const recorded = await database.select<{ name: string }>(
      'SELECT DISTINCT name FROM {db}.llma_schema_migrations ORDER BY name',
    );
    expect(recorded.map(({ name }) => name)).toEqual(ALL);
  }
});

test('killed between a statement and its record, at any of them, it goes on', async () => {
  for (const [index] of ALL.entries()) {
    const database = newDatabase();
    await database.command('CREATE DATABASE {db}');
    for (const sql of statements(database.name).slice(0, index + 1)) await database.command(sql);
    expect(await database.migrate()).toEqual(ALL);
    expect(await database.problems()).toEqual([]);
  }
});

test('its record lost, it runs all again, and keeps what the tables hold', async () => {
  const database = newDatabase();
  await database.migrate();
  await database.command(`INSERT INTO {db}.llma_metrics_versions VALUES ('2026-01-01', 0, '', 0, 'a', 1, 1, 1)`);
  await database.command('TRUNCATE TABLE {db}.llma_schema_migrations');
  expect(await database.migrate()).toEqual(ALL);
  expect(await database.select('SELECT count() AS n FROM {db}.llma_metrics_versions')).toEqual([{ n: 1 }]);
});

test.each([1, 2, 2])('a view replaces the former table of states: %i at once, and again', async (migrators) => {
  const before = editedCopy((copy) => ALL.slice(15).forEach((name) => rmSync(join(copy, name))));
  const database = newDatabase();
  await database.migrate({ directory: before });
  await database.command(
    `INSERT INTO {db}.llma_metrics_daily_state (date, metric_name) VALUES ('2026-01-01', 'users')`,
  );
  await Promise.all(Array.from({ length: migrators }, () => database.migrate()));
  expect(await database.migrate()).toEqual([]);
  // With its record lost the table does not come back.
  await database.command('TRUNCATE TABLE {db}.llma_schema_migrations');
  expect(await database.migrate()).toEqual(ALL);
  const found = "database = '{db}' AND match(name, 'daily_(state|by)$|^_tmp') ORDER BY name";
  expect(await database.select(`SELECT name, engine FROM system.tables WHERE ${found}`)).toEqual([
    { name: 'llma_metrics_daily_by', engine: 'View' },
    { name: 'llma_metrics_daily_state', engine: 'View' },
  ]);
  expect(await database.select('SELECT * FROM {db}.llma_metrics_daily_state')).toEqual([]);
});

test('an old migration that was edited is refused, and nothing after it runs', async () => {
  const database = newDatabase();
  await database.migrate();
  const directory = editedCopy((copy) => {
    const file = join(copy, '000002_metrics_versions.sql');
    writeFileSync(file, `${readFileSync(file, 'utf8')}-- a word more\n`);
    writeFileSync(join(copy, '000099_new.sql'), 'CREATE TABLE {{ daily }}_2 (x Int8) ENGINE = Memory');
  });
  await expect(database.migrate({ directory })).rejects.toThrow(
    'sql/schema/000002_metrics_versions.sql was edited after it ran',
  );
  expect(
    await database.select(`SELECT name FROM system.tables WHERE database = '{db}' AND endsWith(name, '_2')`),
  ).toEqual([]);
});

test('a migration that fails is not recorded: mended, it runs', async () => {
  const database = newDatabase();
  const write = (sql: string) => editedCopy((copy) => writeFileSync(join(copy, '000099_late.sql'), sql));
  await expect(database.migrate({ directory: write('CREATE TABLE nonsense') })).rejects.toThrow();
  const good = write('ALTER TABLE {{ ledger }} {{ on_cluster }} ADD COLUMN IF NOT EXISTS later UInt8 DEFAULT 0');
  expect(await database.migrate({ directory: good })).toEqual(['000099_late.sql']);
  // A program that does not know it keeps off.
  await expect(database.migrate()).rejects.toThrow(
    'the database has migration 000099_late.sql, which this version does not know',
  );
});

test('the source’s database and table are made only when asked for, and a table that is there stays', async () => {
  const { name, command, select } = newDatabase();
  const raw = `${name}_raw`;
  const variables = {
    CLICKHOUSE_URL: inject('clickhouseUrl'),
    CLICKHOUSE_DATABASE: name,
    CLICKHOUSE_SOURCE_DATABASE: raw,
  };
  const settings = loadSettings(variables, '/nonexistent');
  await migrate(settings);
  expect(await select(`SELECT name FROM system.databases WHERE name = '${raw}'`)).toEqual([]);
  await migrate(settings, { withSources: true });
  expect(await select(`SELECT name FROM system.tables WHERE database = '${raw}'`)).toEqual([{ name: 'events' }]);
  await command(`DROP TABLE ${raw}.events SYNC`);
  await command(`CREATE TABLE ${raw}.events (mine UInt8) ENGINE = Memory`);
  await migrate(settings, { withSources: true });
  expect(await select(`SELECT name FROM system.columns WHERE database = '${raw}'`)).toEqual([{ name: 'mine' }]);
});

test('the expected schema is exactly what the migrations make', async () => {
  const database = newDatabase();
  await database.migrate();
  const tables = await database.select<{ table: string; partitionKey: string; sortingKey: string }>(
    `SELECT name AS table, partition_key AS partitionKey, sorting_key AS sortingKey FROM system.tables
     WHERE database = '{db}' AND engine = 'MergeTree' AND name NOT IN ('llma_schema_migrations', '${Object.values(FORMER_TABLES).join("', '")}') ORDER BY name`,
  );
  const columns = await database.select<{ table: string; name: string; type: string }>(
    `SELECT table, name, type FROM system.columns WHERE database = '{db}' ORDER BY position`,
  );
  const found = tables.map((table) => ({
    ...table,
    columns: Object.fromEntries(
      columns.filter((row) => row.table === table.table).map(({ name, type }) => [name, type]),
    ),
  }));
  expect(found).toEqual([...EXPECTED_TABLES].sort((a, b) => (a.table < b.table ? -1 : 1)));
});

const REMEDY =
  'it is not the table that "llma migrate" makes: rename it, or set CLICKHOUSE_DATABASE to another database, and migrate';
const ADDED = `run "llma migrate", which adds what is new; if it is missing all the same, ${REMEDY}`;
const DAILY =
  'CREATE TABLE {db}.llma_metrics_daily (date Date, team_id UInt64, metric_name String, metric_value Float64)';
const ORDER = 'PARTITION BY toYYYYMM(date) ORDER BY (team_id, date, metric_name)';

describe('a table of ours with another schema is reported by name', () => {
  test.each<[string, string[]]>([
    [`${DAILY} ENGINE = ReplacingMergeTree ${ORDER}`, [`is a ReplacingMergeTree, expected a MergeTree; ${REMEDY}`]],
    [
      `${DAILY} ENGINE = MergeTree PARTITION BY date ORDER BY (team_id, date, metric_name)`,
      [`is partitioned by "date", expected "toYYYYMM(date)"; ${REMEDY}`],
    ],
    [
      `${DAILY} ENGINE = MergeTree PARTITION BY toYYYYMM(date) ORDER BY date`,
      [`is ordered by "date", expected "team_id, date, metric_name"; ${REMEDY}`],
    ],
    [
      `${DAILY.replace('team_id UInt64', 'team_id Int64').replace(', metric_value Float64', '')} ENGINE = MergeTree ${ORDER}`,
      [`has "team_id" as Int64, expected UInt64; ${REMEDY}`, `has no column "metric_value" (Float64): ${ADDED}`],
    ],
    [`${DAILY.replace('Float64)', "Float64, more String DEFAULT '')")} ENGINE = MergeTree ${ORDER}`, []],
  ])('%s', async (create, problems) => {
    const database = newDatabase();
    await database.command('CREATE DATABASE {db}');
    await database.command(create);
    await database.migrate();
    expect(await database.problems()).toEqual(problems.map((text) => `${database.name}.llma_metrics_daily ${text}`));
  });

  test('and so is one that is missing', async () => {
    const database = newDatabase();
    await database.migrate();
    await database.command('DROP TABLE {db}.llma_partition_runs');
    await database.command('DROP VIEW {db}.llma_partition_status');
    expect(await database.problems()).toEqual([
      `${database.name}.llma_partition_runs is missing: run "llma migrate"`,
      `${database.name}.llma_partition_status is missing: run "llma migrate"`,
    ]);
  });

  test('a table that another pipeline filled is not taken over: the first publish would replace its rows', async () => {
    const database = newDatabase();
    await database.command('CREATE DATABASE {db}');
    await database.command(`${DAILY} ENGINE = MergeTree ${ORDER}`);
    await database.command(
      `INSERT INTO {db}.llma_metrics_daily VALUES ('2025-01-01', 1, 'x', 1), ('2025-01-02', 1, 'x', 1)`,
    );
    await expect(database.migrate()).rejects.toThrow(
      `${database.name}.llma_metrics_daily has 2 rows that llma-metrics did not compute, and would replace: rename the table, or set CLICKHOUSE_DATABASE to another database, and migrate again`,
    );
    await database.command('RENAME TABLE {db}.llma_metrics_daily TO {db}.before');
    expect(await database.migrate()).toEqual(ALL);
  });
});
