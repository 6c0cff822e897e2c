import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { grantText, readRole } from '../../clickhouse/roles.js';
import { loadSettings } from '../../config/settings.js';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { serverDirectory } from '../support/server-directory.js';
import { removedWithFile } from '../support/temporary-directory.js';
import { forTests } from '../support/for-tests.js';
import { doctor, openCli, type Cli } from './cli-harness.js';

let cli: Cli;

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate', '--with-sources');
});
afterAll(() => cli.close());

/** What is not well with ClickHouse: Temporal has neither a worker nor a schedule here. */
async function examine(environment: Readonly<Record<string, string>>) {
  const { bad } = await doctor(cli, environment);
  return bad.filter(({ check }) => check !== 'worker' && check !== 'schedule');
}

describe('a load balancer', () => {
  let proxy: Server;

  beforeAll(async () => {
    let asked = 0;
    // Hands everything on, as another host each time.
    proxy = createServer((request, response) => {
      void (async () => {
        const body = await text(request);
        const headers = { authorization: request.headers.authorization ?? '' };
        const answer = await fetch(`${inject('clickhouseUrl')}${request.url ?? ''}`, { method: 'POST', body, headers });
        const said = await answer.text();
        response.writeHead(answer.status, { 'content-type': 'text/plain' });
        response.end(
          body.includes('hostName()') ? said.replace(/"host":"[^"]*"/, `"host":"node-${asked++ % 2}"`) : said,
        );
      })();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    proxy.close();
    proxy.closeAllConnections();
  });

  test('is refused', async () => {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const bad = await examine({ CLICKHOUSE_URL: url });

    expect(bad).toMatchObject([
      {
        check: 'ClickHouse',
        message: `${url} is 2 servers: node-0, node-1`,
        remedy: expect.stringMatching(/^set CLICKHOUSE_URL to one of them: /) as string,
      },
    ]);
  });
});

describe('grants', () => {
  let server: ClickHouseServer;
  const roles = loadSettings({ CLICKHOUSE_SOURCE_DATABASE: 'raw' }, '/nonexistent');
  const { grants } = readRole('etl', roles);
  const enough = grants.map((grant) => `GRANT ${grantText(grant)}`);
  const own = grants.filter(({ on }) => on !== 'raw.*').map(grantText);

  beforeAll(async () => {
    server = await startClickHouse({
      dataDir: forTests(removedWithFile(serverDirectory())),
      users: [
        { name: 'etl', password: 'secret', grants: enough },
        // What its sources name is enough of the source's database.
        {
          name: 'narrow',
          password: 'secret',
          grants: [...own.map((grant) => `GRANT ${grant}`), 'GRANT SELECT ON raw.events'],
        },
        { name: 'blind', password: 'secret', grants: own.map((grant) => `GRANT ${grant}`) },
        {
          name: 'analyst',
          password: 'secret',
          grants: ['GRANT SELECT ON llma.*', 'GRANT SELECT ON raw.events', 'GRANT SELECT ON system.*'],
        },
      ],
    });
    const environment = { CLICKHOUSE_URL: server.url, CLICKHOUSE_DATABASE: 'llma', CLICKHOUSE_SOURCE_DATABASE: 'raw' };
    const { code, stderr } = await cli.start(['migrate', '--with-sources'], { environment }).done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
  afterAll(() => server.stop());

  const as = (user: string) => ({
    CLICKHOUSE_URL: server.url,
    CLICKHOUSE_DATABASE: 'llma',
    CLICKHOUSE_SOURCE_DATABASE: 'raw',
    CLICKHOUSE_USER: user,
    CLICKHOUSE_PASSWORD: 'secret',
  });

  test('that suffice', async () => {
    expect(await examine(as('etl'))).toEqual([]);
    expect(await examine(as('narrow'))).toEqual([]);
  });

  test('that are missing, each with the statement that gives it', async () => {
    const bad = await examine(as('analyst'));

    expect(bad.map(({ check, message, remedy }) => [check, message, remedy])).toEqual([
      ...own
        .filter((grant) => !/^(?:SELECT|SHOW)/.test(grant))
        .map((grant) => ['grants', `user analyst lacks ${grant}`, `GRANT ${grant} TO analyst`]),
      // What comes with the right to create tables: without it nobody knows what is read.
      ['retention', expect.stringContaining('CREATE TEMPORARY TABLE'), undefined],
    ]);
  });

  test('to read the source', async () => {
    const bad = await examine(as('blind'));

    expect(bad.map(({ check, remedy }) => [check, remedy])).toEqual([
      ['sources', 'grant SELECT on the source tables to CLICKHOUSE_USER'],
    ]);
  });

  test('are really what a worker needs: it starts with them, computes, publishes and sweeps', async () => {
    const root = createClient({ url: server.url });
    await root.insert({
      table: 'raw.events',
      values: [
        {
          uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
          event: '$ai_generation',
          properties: '{}',
          timestamp: '2026-01-05 10:00:00',
          team_id: 1,
          distinct_id: 'u',
        },
      ],
      format: 'JSONEachRow',
    });
    await root.close();
    const other = await openCli(as('etl'));
    try {
      await other.worker();
      const ran = await other.run('backfill', '--from', '2026-01-05', '--to', '2026-01-05', '--wait');

      expect(ran.stderr).not.toMatch(/error/);
      expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ .*1 day published/) as string });
    } finally {
      await other.close();
    }
  });
});
