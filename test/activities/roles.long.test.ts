import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRole, ROLES } from '../../clickhouse/roles.js';
import { migrate } from '../../clickhouse/migrate.js';
import {
  grantsOf,
  install,
  settingsOf,
  startChecks,
  usersOf,
  wholePipeline,
  type Installation,
} from '../support/installation.js';

/** Each role has enough, and nothing that it could do without: every grant is taken away once. */
const DAY = '2026-03-01';

let here: Installation;

const CLUSTER = { LLMA_ENGINE: 'ReplicatedMergeTree', LLMA_CLUSTER: 'nowhere' };

beforeAll(async () => {
  const ofCluster = (['migrator', 'etl'] as const).map((role) => ({
    ...usersOf(role, CLUSTER)[0]!,
    name: `${role}_cluster`,
  }));
  here = await install([...ROLES.flatMap((role) => usersOf(role)), ...ofCluster]);
  await migrate(settingsOf('migrator', here.url), { withSources: true });
});
afterAll(() => here.server.stop());

describe('etl', () => {
  beforeAll(async () => {
    await here.ask(
      'recorder',
      `INSERT INTO raw.events (uuid, event, properties, timestamp, team_id, distinct_id)
       SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${DAY}', 6, 'UTC') + number, number % 3, 'u' FROM numbers(30)`,
    );
  });

  test('does all that a worker does', async () => {
    await startChecks('etl', here.url);
    await wholePipeline('etl', here, DAY);
    await wholePipeline('etl', here, DAY);
    const count = `SELECT sum(metric_value) FROM llma.llma_metrics_daily WHERE metric_name = 'ai_generation_count'`;
    expect(await here.ask('default', count)).toBe('30');
    expect(await here.ask('default', "SELECT name FROM system.tables WHERE match(name, '^llma_(cand|pub)_')")).toBe('');
    expect(await here.ask('default', 'SELECT min(version) > 2 FROM llma.llma_metrics_versions')).toBe('1');
  });

  // Without the one to see other users at work it works as if there were none. One is for Distributed sources.
  const needed = grantsOf('etl')
    .map((grant, index) => [grant, index] as const)
    .filter(([grant]) => !/system\.(user_processes|tables)/.test(grant));

  test.each(needed)('without %s it does not', async (_, index) => {
    await expect(wholePipeline(`etl_${index}`, here, DAY)).rejects.toThrow(/Not enough privileges/);
  });
});

/** What nobody but the pipeline may do, and some of it nobody at all. */
const TABLES = [
  'llma_metrics_daily',
  'llma_metrics_versions',
  'llma_metrics_states',
  'llma_metrics_states_versions',
  'llma_partition_runs',
];
const WRITES = TABLES.flatMap((table) => [
  `INSERT INTO llma.${table} (date) VALUES ('${DAY}')`,
  `DELETE FROM llma.${table} WHERE 1`,
  `ALTER TABLE llma.${table} DELETE WHERE 1`,
  `ALTER TABLE llma.${table} UPDATE date = date + 1 WHERE 1`,
  `ALTER TABLE llma.${table} DROP PARTITION 202603`,
  `ALTER TABLE llma.${table} REPLACE PARTITION 202603 FROM llma.${table}`,
  `ALTER TABLE llma.${table} DETACH PARTITION 202603`,
  `ALTER TABLE llma.${table} DROP COLUMN date`,
  `TRUNCATE TABLE llma.${table}`,
  `DROP TABLE llma.${table}`,
  `DETACH TABLE llma.${table}`,
  `RENAME TABLE llma.${table} TO llma.llma_cand_x`,
  `EXCHANGE TABLES llma.${table} AND llma.llma_schema_migrations`,
  `OPTIMIZE TABLE llma.${table} FINAL`,
]);

const ESCAPES = [
  'CREATE DATABASE other',
  'CREATE TABLE default.t (a Int8) ENGINE = Memory',
  'CREATE TABLE llma.mine (a Int8) ENGINE = Memory',
  'CREATE USER intruder',
  'GRANT SELECT ON llma.* TO etl',
  'SYSTEM SHUTDOWN',
  'SYSTEM STOP MERGES llma.llma_metrics_daily',
  'DROP DATABASE llma',
  'DROP TABLE raw.events',
  'SELECT * FROM system.query_log',
  `SELECT * FROM url('http://127.0.0.1:1/', LineAsString)`,
  `SELECT * FROM remote('127.0.0.1', llma.llma_metrics_daily)`,
  `SELECT * FROM file('/etc/passwd', LineAsString)`,
  `INSERT INTO FUNCTION file('x.tsv') SELECT 1`,
];

/** Tables with their numbers of rows: nothing else may be there, and nothing be gone. */
const STATE = `SELECT database, name, total_rows FROM system.tables WHERE database IN ('llma', 'raw', 'default', 'other') ORDER BY ALL`;

/** Rows of the two tables of metrics are the pipeline's to change. */
const PIPELINE = /^INSERT|^DELETE|(?: DELETE WHERE 1| PARTITION 202603| FROM llma\.\w+)$/;
const notOfPipeline = WRITES.filter(
  (sql) => !PIPELINE.test(sql) || (sql.includes('_runs') && !sql.startsWith('INSERT')),
);

describe('what a role must not do is refused', () => {
  beforeAll(() => here.ask('default', 'SYSTEM FLUSH LOGS'));

  test.each([
    ['analyst', [...WRITES, ...ESCAPES, `INSERT INTO raw.events (team_id) VALUES (1)`]],
    ['recorder', [...WRITES, ...ESCAPES, 'ALTER TABLE raw.events DELETE WHERE 1']],
    ['migrator', [...WRITES, ...ESCAPES, 'ALTER TABLE raw.events DELETE WHERE 1']],
    ['etl', [...notOfPipeline, ...ESCAPES, `INSERT INTO raw.events (team_id) VALUES (1)`]],
  ])('to %s', async (user, statements) => {
    const before = await here.ask('default', STATE);
    const otherwise: string[] = [];
    for (const sql of statements) {
      const said = await here.ask(user, sql).catch(String);
      if (!said.includes('Not enough privileges')) otherwise.push(`${sql}: ${said}`);
    }
    expect(otherwise).toEqual([]);
    expect(await here.ask('default', STATE)).toBe(before);
  });
});

describe('an analyst', () => {
  test('reads results, and what explains them', async () => {
    const visible = 'SELECT name FROM system.tables ORDER BY name';
    expect(await here.ask('analyst', `${visible} FORMAT TSV`)).toBe(
      [
        ...['llma_metrics_daily', 'llma_metrics_daily_by', 'llma_metrics_daily_state'],
        ...['llma_metrics_monthly', 'llma_metrics_states', 'llma_metrics_weekly'],
        ...['llma_partition_runs', 'llma_partition_status'],
      ].join('\n'),
    );
    for (const view of ['weekly', 'monthly']) {
      const users = `SELECT sum(metric_value) FROM llma.llma_metrics_${view} WHERE metric_name = 'ai_user_id_count'`;
      expect(await here.ask('analyst', users)).toBe('3');
    }
    const merged = `SELECT uniqCombined64Merge(13)(uniques) FROM llma.llma_metrics_daily_state WHERE metric_name = 'ai_user_id_count'`;
    expect(await here.ask('analyst', merged)).toBe('1');
    expect(await here.ask('analyst', 'SELECT count() FROM llma.llma_metrics_daily_by')).toBe('0');
    expect(await here.ask('analyst', `SELECT status FROM llma.llma_partition_status`)).toBe('published');
  });

  test('sees neither raw events, candidates nor older versions', async () => {
    await here.ask('etl', 'CREATE TABLE llma.llma_cand_seen (secret String) ENGINE = Memory');
    for (const table of [
      'raw.events',
      'llma.llma_cand_seen',
      'llma.llma_metrics_versions',
      'llma.llma_metrics_states_versions',
    ]) {
      await expect(here.ask('analyst', `SELECT count() FROM ${table}`)).rejects.toThrow('Not enough privileges');
    }
    await here.ask('etl', 'DROP TABLE llma.llma_cand_seen');
  });

  test.each(['SELECT query FROM system.processes', 'SHOW PROCESSLIST', 'SELECT query FROM system.query_log'])(
    'does not see what others ask: %s',
    async (sql) => {
      await expect(here.ask('analyst', sql)).rejects.toThrow('Not enough privileges');
    },
  );
});

test('a recorder adds events, and reads none, not even its own', async () => {
  for (const sql of [
    'SELECT count() FROM raw.events',
    'SELECT uuid FROM raw.events',
    'INSERT INTO raw.events SELECT * FROM raw.events',
    'INSERT INTO raw.events (team_id) SELECT team_id FROM llma.llma_metrics_daily',
  ]) {
    await expect(here.ask('recorder', sql), sql).rejects.toThrow('Not enough privileges');
  }
});

test('etl kills its own queries, and nobody else’s', async () => {
  const asking = here.ask('default', 'SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_block_size = 1', {
    query_id: 'llma-other',
  });
  const refused = asking.catch(String);
  const running = "SELECT count() FROM system.processes WHERE query_id = 'llma-other'";
  while ((await here.ask('default', running)) === '0');
  await expect(here.ask('etl', "KILL QUERY WHERE query_id = 'llma-other' SYNC")).rejects.toThrow(
    'attempts to kill query',
  );
  await here.ask('default', "KILL QUERY WHERE query_id = 'llma-other' SYNC");
  expect(await refused).toContain('QUERY_WAS_CANCELLED');
});

describe('on a cluster', () => {
  const elsewhere = 'CREATE TABLE llma.llma_x ON CLUSTER nowhere (a Int8) ENGINE = ReplicatedMergeTree ORDER BY a';
  const table = elsewhere.replace(' ON CLUSTER nowhere', '');

  // There is none here: a right that suffices shows in another error.
  test.each([
    ['migrator', elsewhere, /cluster .* not found|There is no .*cluster/i],
    ['migrator', table, /ZooKeeper|coordination|not configured|Replicated/i],
    ['etl', 'SYSTEM SYNC REPLICA llma.llma_metrics_versions', /is not replicated/],
    ['etl', 'SYSTEM SYNC REPLICA llma.llma_metrics_states_versions', /is not replicated/],
  ])('%s may: %s', async (role, sql, otherwise) => {
    await expect(here.ask(role, sql)).rejects.toThrow('Not enough privileges');
    await expect(here.ask(`${role}_cluster`, sql)).rejects.toThrow(otherwise);
    await expect(here.ask(`${role}_cluster`, sql)).rejects.not.toThrow('Not enough privileges');
  });

  test.each(ROLES)('every statement of %s is SQL that the server can read', async (role) => {
    for (const environment of [{}, CLUSTER]) {
      for (const sql of readRole(role, settingsOf('any', here.url, environment), { withSources: true }).statements) {
        expect(await here.ask('default', `SELECT formatQuery({sql:String}) != ''`, { param_sql: sql })).toBe('1');
      }
    }
  });
});

// Last: it begins without tables.
describe('migrator', () => {
  const all = grantsOf('migrator');
  const run = (user: string) => migrate(settingsOf(user, here.url), { withSources: true });
  const drop = async () => {
    for (const name of ['llma', 'raw']) await here.ask('default', `DROP DATABASE IF EXISTS ${name} SYNC`);
  };

  test.each(all.map((grant, index) => [grant, index]))('without %s it can not migrate', async (_, index) => {
    await drop();
    await expect(run(`migrator_${index}`)).rejects.toMatchObject({ code: '497' });
  });

  test('makes every table from nothing, and may do it again', async () => {
    await drop();
    await expect(run('migrator')).resolves.not.toEqual([]);
    await expect(run('migrator')).resolves.toEqual([]);
  });
});
