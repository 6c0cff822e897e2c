import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../clickhouse/database.js';
import { migrate } from '../../clickhouse/migrate.js';
import { loadSettings } from '../../config/settings.js';
import { withDatabase } from '../support/activity-harness.js';
import { fakeClickHouse } from '../support/fake-clickhouse.js';
import { publish } from '../support/publishers.js';
import { appendVersion } from '../support/versions.js';

/** The embedded engine has no replication: what is sent to a cluster is checked as text. */
async function sent(environment: Record<string, string>): Promise<string[]> {
  const server = await fakeClickHouse();
  try {
    const names = { CLICKHOUSE_URL: server.url, CLICKHOUSE_DATABASE: 'metrics', CLICKHOUSE_SOURCE_DATABASE: 'raw' };
    await migrate(loadSettings({ ...names, ...environment }, '/nonexistent'), { withSources: true });
    const text = server.statements.map(({ sql }) =>
      sql
        .replaceAll(/--.*\n/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
    return text.filter((sql) => /^(CREATE|ALTER) /.test(sql));
  } finally {
    await server.close();
  }
}

const ENGINE = "ReplicatedMergeTree('/clickhouse/tables/noshard/{database}.{table}', '{replica}')";

describe('the DDL of a cluster', () => {
  test('is the same statements, each ON CLUSTER and with the engine clause as it was given, macros and all', async () => {
    const plain = await sent({});
    const cluster = await sent({ LLMA_ENGINE: ENGINE, LLMA_CLUSTER: 'main' });
    const made = (ddl: readonly string[]) =>
      ddl.map((sql) => /^(CREATE \w+ IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE) \S+/.exec(sql)?.[0]);
    expect(made(cluster)).toEqual(made(plain));
    expect(new Set(made(cluster))).toEqual(
      new Set([
        'ALTER TABLE `metrics`.`llma_metrics_versions`',
        'CREATE DATABASE IF NOT EXISTS `metrics`',
        'CREATE DATABASE IF NOT EXISTS `raw`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_schema_migrations`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_daily`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_versions`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_daily_state`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_state_versions`',
        'CREATE VIEW IF NOT EXISTS `metrics`.`llma_metrics_weekly`',
        'CREATE VIEW IF NOT EXISTS `metrics`.`llma_metrics_monthly`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_states`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_states_versions`',
        'CREATE OR REPLACE VIEW `metrics`.`llma_metrics_weekly`',
        'CREATE OR REPLACE VIEW `metrics`.`llma_metrics_monthly`',
        'CREATE OR REPLACE VIEW `metrics`.`llma_metrics_daily_state`',
        'CREATE OR REPLACE VIEW `metrics`.`llma_metrics_daily_by`',
        'CREATE TABLE IF NOT EXISTS `metrics`.`llma_partition_runs`',
        'CREATE VIEW IF NOT EXISTS `metrics`.`llma_partition_status`',
        'ALTER TABLE `metrics`.`llma_partition_runs`',
        'CREATE OR REPLACE VIEW `metrics`.`llma_partition_status`',
        'CREATE TABLE IF NOT EXISTS `raw`.events',
      ]),
    );
    for (const sql of cluster) {
      expect(sql).toMatch(
        /^(CREATE (DATABASE|TABLE|VIEW) IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE) \S+ ON CLUSTER 'main'( \(| AS | ADD COLUMN |$)/,
      );
      expect(sql.includes(` ENGINE = ${ENGINE} `), sql).toBe(sql.startsWith('CREATE TABLE'));
    }
    for (const sql of plain) {
      expect(sql).not.toContain('ON CLUSTER');
      expect(sql.includes(' ENGINE = MergeTree '), sql).toBe(sql.startsWith('CREATE TABLE'));
    }
  });

  test('the live table is the one that interfaces promise', async () => {
    const sql = (await sent({})).find((text) => text.includes('llma_metrics_daily'));
    expect(sql).toBe(
      'CREATE TABLE IF NOT EXISTS `metrics`.`llma_metrics_daily` ( date Date, team_id UInt64, metric_name String, metric_value Float64 ) ' +
        'ENGINE = MergeTree PARTITION BY toYYYYMM(date) ORDER BY (team_id, date, metric_name)',
    );
  });
});

describe('a publish to replicated tables', () => {
  const harness = withDatabase();
  const statements: { sql: string; settings: unknown }[] = [];

  beforeEach(async () => {
    statements.length = 0;
    await appendVersion(harness, { day: '2026-03-01', version: 1 });
    const database: Database = {
      ...harness.database,
      async select(sql, options) {
        statements.push({ sql, settings: options?.settings });
        return await harness.database.select(sql, options);
      },
      async command(sql, options) {
        statements.push({ sql, settings: options?.settings });
        // A plain MergeTree has no replica to sync.
        if (sql.startsWith('SYSTEM SYNC REPLICA'))
          return { readRows: 0, readBytes: 0, writtenRows: 0, writtenBytes: 0, elapsedMs: 0 };
        return await harness.database.command(sql, options);
      },
    };
    await publish(harness, '2026-03-01', { database, replicated: true });
  });

  const beginning = ({ sql }: { sql: string }) =>
    sql
      .replaceAll(/--.*\n/g, '')
      .trim()
      .split(/\s+/)
      .slice(0, 3)
      .join(' ');

  test('claims, then fences, and reads nothing before that is done', () => {
    const at = (what: RegExp) => statements.findIndex(({ sql }) => what.test(sql));
    const [claim, kill, others] = [
      at(/^CREATE TABLE `\w+`\.`llma_pub_202603_/m),
      at(/^KILL QUERY .* SYNC$/s),
      at(/system\.tables/),
    ];
    expect([claim, kill, others]).toEqual([0, 1, 2]);
    // The ledger, the parts and the versions, of which this replica has all by then.
    const reads = [at(/llma_partition_runs/), at(/system\.parts/), at(/llma_metrics_versions[^_]*WHERE/s)];
    expect(Math.min(...reads)).toBeGreaterThan(2);
    expect(at(/llma_metrics_versions[^_]*WHERE/s)).toBeGreaterThan(at(/^SYSTEM SYNC REPLICA/));
  });

  test('catches up first, stages in a plain table as one block, and waits for the other replicas', () => {
    const commands = statements.filter((statement) => !beginning(statement).startsWith('SELECT'));
    expect(commands.map(beginning)).toEqual([
      expect.stringMatching(/^CREATE TABLE `\w+`\.`llma_pub_202603_/),
      'KILL QUERY WHERE',
      'SYSTEM SYNC REPLICA',
      expect.stringMatching(/^INSERT INTO `\w+`\.`llma_pub_202603_/),
      expect.stringMatching(/^ALTER TABLE `\w+`\.`llma_metrics_daily`/),
      // What was accepted meanwhile would be published too.
      'SYSTEM SYNC REPLICA',
      expect.stringMatching(/^INSERT INTO `\w+`\.`llma_partition_runs`/),
      'DROP TABLE IF',
    ]);
    const [create, , sync, build, replace] = commands;
    expect(create!.sql).toMatch(/ENGINE = MergeTree\nPARTITION BY toYYYYMM\(date\)/);
    expect(sync!.sql).toBe(`SYSTEM SYNC REPLICA \`${harness.name}\`.\`llma_metrics_versions\``);
    expect(build!.settings).toMatchObject({ max_insert_threads: '1', min_insert_block_size_bytes: '0' });
    expect(replace!.sql).not.toContain('ON CLUSTER');
    expect(replace!.settings).toMatchObject({ alter_sync: '2', allow_replace_partition_from_empty_source: 1 });
    // One that is away is not waited for until nobody waits for the answer any more.
    expect(replace!.settings).toMatchObject({ replication_wait_for_inactive_replica_timeout: '30' });
  });
});
