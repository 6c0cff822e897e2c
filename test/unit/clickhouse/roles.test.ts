import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { grantText, readRole, ROLES } from '../../../clickhouse/roles.js';
import { packageFile } from '../../../config/package-file.js';
import { loadSettings } from '../../../config/settings.js';
import { main } from '../../../scripts/llma.js';
import { Captured } from '../../e2e/cli-harness.js';

const settings = (environment: Record<string, string> = {}) => loadSettings(environment, '/nonexistent');
const REPLICATED = { LLMA_ENGINE: "ReplicatedMergeTree('/x/{table}', '{replica}')", LLMA_CLUSTER: 'main' };

function grants(name: (typeof ROLES)[number], environment: Record<string, string> = {}, withSources = false) {
  return readRole(name, settings(environment), { withSources }).grants.map(grantText);
}

async function llma(argv: readonly string[], environment: Record<string, string> = {}) {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const host = { stdout, stderr, environment, directory: '/nonexistent', onStop: () => () => undefined };
  return { code: await main(argv, host), stdout: stdout.text, stderr: stderr.text };
}

test('every file is a role', () => {
  expect(readdirSync(packageFile('sql', 'roles')).sort()).toEqual(ROLES.map((name) => `${name}.sql`).sort());
});

test.each(ROLES)('%s: every statement may run again, and is a grant, a role or a profile of its own', (name) => {
  const { role, statements } = readRole(name, settings(REPLICATED), { withSources: true });
  expect(role).toBe(`llma_${name}`);
  for (const statement of statements) {
    expect(statement).toMatch(
      new RegExp(
        `^(CREATE ROLE IF NOT EXISTS ${role} ON CLUSTER 'main'$|CREATE SETTINGS PROFILE IF NOT EXISTS ${role} ON CLUSTER 'main' SETTINGS [^;]* TO ${role}$|GRANT ON CLUSTER 'main' [A-Z, ]+ ON [\\w.*]+ TO ${role}$)`,
        's',
      ),
    );
  }
});

test('a role is of one installation: two on a server have their own', () => {
  const other = readRole('etl', settings({ CLICKHOUSE_DATABASE: 'staging', CLICKHOUSE_SOURCE_DATABASE: 'raw' }));
  expect(other.role).toBe('staging_etl');
  expect(other.sql).not.toContain('llma.');
  expect(other.grants).toContainEqual({ privilege: 'SELECT', on: 'raw.*' });
});

test('what only some installations need, only they grant', () => {
  expect(grants('etl').filter((grant) => grant.startsWith('SYSTEM'))).toEqual([]);
  expect(grants('etl', REPLICATED)).toContain('SYSTEM SYNC REPLICA ON llma.llma_metrics_versions');
  expect(grants('migrator')).toContain('TABLE ENGINE ON MergeTree');
  expect(grants('migrator')).not.toContain('CLUSTER ON *.*');
  expect(grants('migrator', REPLICATED)).toEqual(
    expect.arrayContaining(['CLUSTER ON *.*', 'TABLE ENGINE ON ReplicatedMergeTree']),
  );
  expect(grants('migrator')).not.toContain('CREATE TABLE ON llma.*');
  expect(grants('migrator', {}, true)).toContain('CREATE TABLE ON llma.*');
});

test('the doctor can see whether a worker may look at the tables of shards', () => {
  // CHECK GRANT says 1 to SELECT on it, whoever asks.
  expect(grants('etl')).toContain('SHOW COLUMNS ON system.tables');
});

test('llma roles prints what is read, as SQL and as JSON, and asks no server', async () => {
  const environment = { CLICKHOUSE_URL: 'http://127.0.0.1:1', CLICKHOUSE_SOURCE_DATABASE: 'raw' };
  const all = await llma(['roles'], environment);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  for (const name of ROLES) expect(all.stdout).toContain(`${readRole(name, settings(environment)).sql}\n`);
  expect(all.stdout).not.toMatch(/\{\{|^-- if:| ;/m);

  const { stdout } = await llma(['roles', 'recorder', '--json'], environment);
  expect(JSON.parse(stdout)).toEqual({
    database: 'llma',
    sourceDatabase: 'raw',
    roles: [
      {
        name: 'recorder',
        role: 'llma_recorder',
        statements: ['CREATE ROLE IF NOT EXISTS llma_recorder', 'GRANT INSERT ON raw.events TO llma_recorder'],
        grants: ['INSERT ON raw.events'],
      },
    ],
  });
  expect((await llma(['roles', 'migrator', '--with-sources'], environment)).stdout).toContain('CREATE TABLE ON raw.*');
  expect(await llma(['roles', 'admin'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('analyst') as string,
  });
});
