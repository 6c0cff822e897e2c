/** Through TLS with an authority of one's own, and passwords from files; and what is said when something of it is wrong. */
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { migrate } from '../../clickhouse/migrate.js';
import type { Finding } from '../../scripts/doctor/finding.js';
import { main } from '../../scripts/llma.js';
import { issue } from '../support/certificates.js';
import { install, PASSWORD, settingsOf, usersOf, type Installation } from '../support/installation.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { tlsProxy, type TlsProxy } from '../support/tls-proxy.js';
import { startWorkerProcess } from '../support/worker-process.js';
import { Captured } from './cli-harness.js';

const LLMA = fileURLToPath(new URL('../../bin/llma.js', import.meta.url));
const authority = issue({ name: 'our authority' });
const files = temporaryDirectory({ 'authority.pem': authority.cert, password: `${PASSWORD}\r\n` });
const cert = (names: readonly string[], until?: Date) =>
  issue({ name: 'server', by: authority, names, ...(until ? { until } : {}) });

let here: Installation;
let temporal: TestNamespace;
const proxies: TlsProxy[] = [];

beforeAll(async () => {
  const users = (['migrator', 'etl', 'recorder'] as const).map((role) => usersOf(role)[0]!);
  [here, temporal] = await Promise.all([install(users), openNamespace(inject('temporalAddress'))]);
  await migrate(settingsOf('migrator', here.url), { withSources: true });
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await Promise.all([here.server.stop(), temporal.close()]);
});

/** `host:port` of TLS before a server. */
async function tlsBefore(address: string, certificate = cert(['127.0.0.1'])): Promise<string> {
  const [host = '', port] = address.split(':');
  const proxy = await tlsProxy({ host, port: Number(port) }, certificate);
  proxies.push(proxy);
  return `127.0.0.1:${proxy.port}`;
}

const clickhouse = () => new URL(here.url).host;

function environmentOf(user: string, clickhouseAddress: string, temporalAddress: string): Record<string, string> {
  return {
    NODE_EXTRA_CA_CERTS: `${files}/authority.pem`,
    CLICKHOUSE_URL: `https://${clickhouseAddress}`,
    CLICKHOUSE_SOURCE_DATABASE: 'raw',
    CLICKHOUSE_USER: user,
    CLICKHOUSE_PASSWORD_FILE: `${files}/password`,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: `${files}/authority.pem`,
    TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
  };
}

/** A command in a process of its own: Node reads NODE_EXTRA_CA_CERTS when it starts. */
async function child(argv: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'], HOME: files, ...environment };
  const run = promisify(execFile)(process.execPath, [LLMA, ...argv], { cwd: files, env });
  return await run.catch((error: unknown) => error as { stdout: string; stderr: string });
}

test('starts a worker, computes a day and finds all well; and the password stays where it was', async () => {
  const temporalAddress = await tlsBefore(temporal.address, cert(['temporal.test']));
  const address = await tlsBefore(clickhouse());
  await here.ask(
    'recorder',
    "INSERT INTO raw.events (uuid, event, properties, timestamp, team_id) VALUES (generateUUIDv4(), '$ai_span', '{}', '2026-01-05 10:00:00', 1)",
  );
  const environment = environmentOf('etl', address, temporalAddress);
  const worker = await startWorkerProcess(environment);
  const run = await temporal.client.workflow.start('backfillMetrics', {
    taskQueue: 'llma-metrics',
    workflowId: 'through TLS',
    args: [{ from: '2026-01-05', to: '2026-01-05' }],
  });
  expect(await run.result()).toMatchObject({ published: ['2026-01-05'] });
  const examined = await child(['doctor', '--json'], { ...environment, DEBUG: 'llma' });
  const { findings } = JSON.parse(examined.stdout) as { findings: Finding[] };
  expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);

  const processes = execFileSync('ps', ['-ww', '-A', '-o', 'command='], { encoding: 'utf8' });
  const history = JSON.stringify(await run.fetchHistory());
  await here.ask('default', 'SYSTEM FLUSH LOGS');
  const log = await here.ask('default', "SELECT * FROM system.query_log WHERE user != 'default' FORMAT JSONEachRow");
  await worker.stop();
  expect(log).toContain('through TLS');
  for (const text of [processes, history, log, worker.output(), examined.stdout, examined.stderr]) {
    for (const form of [PASSWORD, JSON.stringify(PASSWORD).slice(1, -1), encodeURIComponent(PASSWORD)]) {
      expect(text.includes(form)).toBe(false);
    }
  }
}, 180_000);

describe('says what is wrong, and which variable mends it', () => {
  async function said(argv: readonly string[], environment: Readonly<Record<string, string>>) {
    const [stdout, stderr] = [new Captured(), new Captured()];
    const host = { stdout, stderr, environment, directory: files, onStop: () => () => undefined };
    const code = await main(argv, host);
    expect(stderr.text).not.toMatch(/^ +at /m);
    return { code, said: stderr.text };
  }

  // This process trusts no authority of ours.
  test.each([
    [
      'an authority that is unknown',
      async () => `https://${await tlsBefore(clickhouse())}`,
      /not trusted here \(.*\): set NODE_EXTRA_CA_CERTS to the file/,
    ],
    [
      'a certificate of yesterday',
      async () => `https://${await tlsBefore(clickhouse(), cert(['127.0.0.1'], new Date(Date.now() - 86_400_000)))}`,
      /not valid now .*: renew it/,
    ],
    [
      'no TLS where it is expected',
      () => Promise.resolve(`https://${clickhouse()}`),
      /does not speak TLS: set CLICKHOUSE_URL to http:\/\/127/,
    ],
    [
      'TLS where none is expected',
      async () => `http://${await tlsBefore(clickhouse())}`,
      /hung up: where it speaks TLS, set CLICKHOUSE_URL to https:\/\/127/,
    ],
  ])('ClickHouse: %s', async (_, url, message) => {
    const environment = { CLICKHOUSE_URL: await url(), CLICKHOUSE_PASSWORD: PASSWORD };
    const { code, said: text } = await said(['migrate'], environment);
    expect({ code, text }).toEqual({ code: 2, text: expect.stringMatching(message) as string });
    expect(text).not.toContain(PASSWORD);
  });

  test('ClickHouse: a certificate for another name', async () => {
    const address = await tlsBefore(clickhouse(), cert(['db.example']));
    const { stderr } = await child(['migrate'], environmentOf('migrator', address, ''));
    expect(stderr).toMatch(/certificate for other names \(.*db\.example.*\): set CLICKHOUSE_URL to one of them/);
  });

  const trusted = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: `${files}/authority.pem` };
  test.concurrent.each([
    [
      'an authority that is unknown',
      { TEMPORAL_TLS: 'true' },
      ['127.0.0.1'],
      /not trusted here \(.*\): set TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    ],
    [
      'a certificate for another name',
      trusted,
      ['temporal.test'],
      /for other names \(.*temporal\.test.*\): set TEMPORAL_TLS_SERVER_NAME/,
    ],
    ['TLS where none is expected', {}, ['127.0.0.1'], /speaks TLS: set TEMPORAL_TLS=true/],
    [
      'no TLS where it is expected',
      trusted,
      undefined,
      /does not speak TLS, which TEMPORAL_TLS_SERVER_CA_CERT_PATH turns on: set TEMPORAL_TLS=false/,
    ],
    [
      'a certificate for another address',
      { ...trusted, TEMPORAL_TLS_SERVER_NAME: '127.0.0.2' },
      ['127.0.0.1'],
      /for other names \(.*127\.0\.0\.1.*\): set TEMPORAL_TLS_SERVER_NAME/,
    ],
  ])('Temporal: %s', async (_, environment, names, message) => {
    const address = names ? await tlsBefore(temporal.address, cert(names)) : temporal.address;
    const { code, said: text } = await said(['schedule', 'describe'], {
      TEMPORAL_ADDRESS: address,
      HOME: files,
      ...environment,
    });
    expect({ code, text }).toEqual({ code: 2, text: expect.stringMatching(message) as string });
  });
});
