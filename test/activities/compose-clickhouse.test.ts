import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantText, readRole, type RoleName } from '../../clickhouse/roles.js';
import { migrate } from '../../clickhouse/migrate.js';
import { packageFile } from '../../config/package-file.js';
import { loadSettings } from '../../config/settings.js';
import { serverEnvironment } from '../../embedded/environment.js';
import { findClickHouse } from '../../embedded/find-clickhouse.js';
import { choosePort } from '../../embedded/ports.js';
import { startProcess, type ServerProcess } from '../../embedded/server-process.js';
import { waitUntil } from '../../embedded/wait.js';

/** The users and settings of docker-compose.yml, on the embedded engine: it merges `config.d` and `users.d` as the image does. */
const BASE_CONFIG = (dir: string, port: number): string => `<clickhouse>
  <path>${dir}/data/</path><tmp_path>${dir}/data/tmp/</tmp_path><users_config>users.xml</users_config>
  <default_profile>default</default_profile><http_port>${port}</http_port><listen_host>127.0.0.1</listen_host>
  <query_log><database>system</database><table>query_log</table></query_log>
  <part_log><database>system</database><table>part_log</table></part_log>
  <trace_log><database>system</database><table>trace_log</table></trace_log>
  <access_control_improvements><select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <table_engines_require_grant>true</table_engines_require_grant></access_control_improvements>
</clickhouse>`;
const BASE_USERS = `<clickhouse><profiles><default/></profiles><quotas><default/></quotas>
  <users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users></clickhouse>`;

const ETL_PASSWORD = 'it\'s "$etl" \\ pass';
const ANALYST_PASSWORD = 'analyst';

let dir: string;
let url: string;
let server: ServerProcess;
const clients: ClickHouseClient[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'llma-compose-'));
  const port = await choosePort({ what: 'ClickHouse' });
  url = `http://127.0.0.1:${port}`;
  writeFileSync(join(dir, 'config.xml'), BASE_CONFIG(dir, port));
  writeFileSync(join(dir, 'users.xml'), BASE_USERS);
  for (const name of ['config.d', 'users.d']) {
    cpSync(packageFile('docker', 'clickhouse', name), join(dir, name), { recursive: true });
  }
  mkdirSync(join(dir, 'data'));
  const engine = await findClickHouse();
  server = await startProcess({
    what: 'ClickHouse',
    command: engine.command,
    args: [
      ...engine.leadingArgs,
      `--config-file=${dir}/config.xml`,
      `--path=${dir}/data`,
      '--listen_host=127.0.0.1',
      `--http_port=${port}`,
      '--multiquery',
      `--query=SYSTEM START LISTEN HTTP; SELECT count() FROM file('-', LineAsString)`,
    ],
    cwd: join(dir, 'data'),
    env: { ...serverEnvironment(), ...passwordHashes() },
    endsWithStdin: 'self',
    graceMs: 3_000,
  });
  const up = await waitUntil(async () => (await fetch(`${url}/ping`).catch(() => undefined))?.ok === true, {
    ms: 60_000,
    giveUp: () => !server.running,
  });
  if (!up) throw new Error(server.lastLines());
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** What docker/clickhouse/start.sh exports, by running it with other paths. */
function passwordHashes(): Record<string, string> {
  writeFileSync(join(dir, 'clickhouse_etl_password'), `${ETL_PASSWORD}\n`);
  writeFileSync(join(dir, 'clickhouse_analyst_password'), ANALYST_PASSWORD);
  const script = readFileSync(packageFile('docker', 'clickhouse', 'start.sh'), 'utf8')
    .replace('/run/secrets', dir)
    .replace('/entrypoint.sh', '/usr/bin/env');
  const lines = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n');
  expect(lines.filter((line) => line.includes(ETL_PASSWORD))).toEqual([]);
  return Object.fromEntries(
    lines.filter((line) => line.startsWith('LLMA_')).map((line) => line.split('=') as [string, string]),
  );
}

function connect(username: string, password: string): ClickHouseClient {
  const client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  clients.push(client);
  return client;
}

const READ_ONLY = /readonly/i;
const NO_RIGHT = /Not enough privileges/;

test('its users have the roles that `llma roles` prints, neither more nor less', () => {
  const roles = loadSettings({}, dir);
  const wanted = (...names: RoleName[]) =>
    names.flatMap((name) => readRole(name, roles, { withSources: true }).grants.map(grantText));
  expect(granted('llma_etl')).toEqual(new Set(wanted('migrator', 'etl')));
  expect(granted('llma_analyst')).toEqual(new Set(wanted('analyst')));
});

/** What users.d/llma.xml grants to a user, right by right. */
function granted(user: string): Set<string> {
  const xml = readFileSync(packageFile('docker', 'clickhouse', 'users.d', 'llma.xml'), 'utf8');
  const [, own = ''] = new RegExp(`<users>.*<${user}>(.*?)</${user}>`, 's').exec(xml) ?? [];
  const queries = [...own.matchAll(/<query>GRANT (.*) ON (\S+)<\/query>/g)];
  return new Set(queries.flatMap(([, rights = '', on]) => rights.split(', ').map((right) => `${right} ON ${on}`)));
}

describe('llma_etl', () => {
  const settings = () =>
    loadSettings({ CLICKHOUSE_URL: url, CLICKHOUSE_USER: 'llma_etl', CLICKHOUSE_PASSWORD: ETL_PASSWORD }, dir);

  test('makes the schema and its sources, twice', async () => {
    expect(await migrate(settings(), { withSources: true })).not.toEqual([]);
    expect(await migrate(settings(), { withSources: true })).toEqual([]);
  });

  test.each([
    `CREATE TABLE llma.llma_pub_x AS llma.llma_metrics_daily COMMENT 'w'`,
    `INSERT INTO llma.llma_pub_x VALUES ('2026-01-01', 1, 'a', 1)`,
    `ALTER TABLE llma.llma_metrics_daily REPLACE PARTITION 202601 FROM llma.llma_pub_x`,
    `DELETE FROM llma.llma_metrics_versions WHERE date < '2020-01-01'`,
    `CREATE TABLE llma.llma_cand_x (a Int8) ENGINE = Memory`,
    `DROP TABLE llma.llma_cand_x SYNC`,
    `KILL QUERY WHERE startsWith(query_id, 'llma-none') SYNC`,
    `SELECT count() FROM system.processes, system.tables, system.columns, system.settings`,
  ])('may: %s', async (query) => {
    await expect(connect('llma_etl', ETL_PASSWORD).command({ query })).resolves.toBeDefined();
  });

  test.each([
    `INSERT INTO llma.events (uuid, event, timestamp, team_id) VALUES (generateUUIDv4(), '$ai_trace', now64(6), 1)`,
    'DROP TABLE llma.llma_metrics_daily',
    'CREATE DATABASE other',
    'CREATE TABLE default.t (a Int8) ENGINE = Memory',
    `SELECT * FROM url('http://127.0.0.1:1/', LineAsString)`,
    `CREATE USER intruder`,
    'SYSTEM SHUTDOWN',
  ])('may not: %s', async (query) => {
    await expect(connect('llma_etl', ETL_PASSWORD).command({ query })).rejects.toThrow(NO_RIGHT);
  });
});

describe('llma_analyst', () => {
  const analyst = () => connect('llma_analyst', ANALYST_PASSWORD);

  test.each([
    'SELECT date, metric_name, sum(metric_value) FROM llma.llma_metrics_daily GROUP BY ALL SETTINGS max_threads = 1',
    'SELECT * FROM llma.llma_partition_status',
  ])('may: %s', async (query) => {
    await expect(analyst().command({ query })).resolves.toBeDefined();
  });

  test.each([
    ['SELECT * FROM llma.events', NO_RIGHT],
    ['SELECT * FROM llma.llma_metrics_versions', NO_RIGHT],
    [`INSERT INTO llma.llma_metrics_daily VALUES ('2026-01-01', 1, 'a', 1)`, NO_RIGHT],
    ['DROP TABLE llma.llma_metrics_daily', NO_RIGHT],
    ['SELECT 1 SETTINGS priority = 0', /priority should not be changed/],
    ['SELECT 1 SETTINGS max_execution_time = 100000', /max_execution_time shouldn't be greater/],
    ['SET readonly = 0', READ_ONLY],
  ])('may not: %s', async (query, reason) => {
    await expect(analyst().command({ query })).rejects.toThrow(reason);
  });
});

test('a wrong password is refused', async () => {
  await expect(connect('llma_etl', 'wrong').command({ query: 'SELECT 1' })).rejects.toThrow(/Authentication failed/);
});

test('the default user is there for administrators on the server itself', async () => {
  await expect(connect('default', '').command({ query: 'SELECT 1' })).resolves.toBeDefined();
});
