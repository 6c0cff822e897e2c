import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { freePort } from '../../embedded/ports.js';
import type { Finding } from '../../scripts/doctor/finding.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate', '--with-sources');
  await cli.run('schedule', 'apply');
  await cli.worker();
});
afterAll(() => cli.close());

interface Examined {
  readonly code: number;
  /** What is not well. */
  readonly bad: readonly Finding[];
  readonly checks: readonly string[];
}

async function examine(environment: Readonly<Record<string, string>> = {}, ...options: string[]): Promise<Examined> {
  const { code, stdout } = await cli.start(['doctor', '--json', ...options], { environment }).done;
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(code === 0);
  return { code, bad: findings.filter(({ level }) => level !== 'ok'), checks: findings.map(({ check }) => check) };
}

test('where all is well, there is a line for each check, and the exit code is 0', async () => {
  const { code, stdout, stderr } = await cli.run('doctor');

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').map((line) => line.slice(0, 20).trimEnd())).toEqual([
    '✓ Node',
    '✓ configuration',
    '✓ ClickHouse',
    '✓ grants',
    '✓ schema',
    '✓ sources',
    '✓ templates',
    '✓ Temporal',
    '✓ search attributes',
    '✓ worker',
    '✓ schedule',
    '✓ publishes',
    '✓ leftovers',
    '',
  ]);
});

test('a configuration with mistakes is all it can look at', async () => {
  const { code, bad, checks } = await examine({ LLMA_CONCURRENCY: '0', CLICKHOUSE_URL: 'x' });

  expect(code).toBe(1);
  expect(bad.map(({ message }) => message.split(':')[0])).toEqual(['LLMA_CONCURRENCY="0"', 'CLICKHOUSE_URL="x"']);
  expect(checks).toEqual(['Node', 'configuration', 'configuration']);
});

test('ClickHouse down: the rest is still checked', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { code, bad, checks } = await examine({ CLICKHOUSE_URL: url });

  expect(code).toBe(1);
  expect(bad).toEqual([
    {
      check: 'ClickHouse',
      level: 'problem',
      message: expect.stringContaining(`ClickHouse does not answer at ${url}`) as string,
    },
  ]);
  expect(checks).toContain('schedule');
});

test('Temporal down: the rest is still checked', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { code, bad, checks } = await examine({ TEMPORAL_ADDRESS: address });

  expect(code).toBe(1);
  expect(bad).toEqual([
    {
      check: 'Temporal',
      level: 'problem',
      message: expect.stringContaining(`Temporal does not answer at ${address}`) as string,
    },
  ]);
  expect(checks).toEqual(expect.arrayContaining(['schema', 'publishes', 'leftovers']));
});

test('a wrong password', async () => {
  const { bad } = await examine({ CLICKHOUSE_PASSWORD: 'wrong' });

  expect(bad.map(({ check, message }) => [check, message])).toEqual([
    ['ClickHouse', expect.stringContaining('refuses the user "default" or the password: set CLICKHOUSE_USER')],
  ]);
});

test('no database, no tables, no source table', async () => {
  const database = `${cli.database}_empty`;
  expect((await examine({ CLICKHOUSE_DATABASE: database })).bad[0]?.message).toMatch(
    /has no database "t_cli_.*_empty": run "llma migrate"/,
  );

  await cli.clickhouse.command({ query: `CREATE DATABASE ${database}` });
  try {
    const { bad } = await examine({ CLICKHOUSE_DATABASE: database });

    expect(bad.map(({ check, message }) => `${check}: ${message}`)).toEqual([
      `schema: ${database}.llma_metrics_daily is missing: run "llma migrate"`,
      `schema: ${database}.llma_metrics_versions is missing: run "llma migrate"`,
      `schema: ${database}.llma_partition_runs is missing: run "llma migrate"`,
      `schema: ${database}.llma_partition_status is missing: run "llma migrate"`,
      expect.stringMatching(/^sources: sources\/posthog_events\.sql.*events/),
    ]);
    expect(bad.at(-1)?.remedy).toMatch(
      /^set CLICKHOUSE_SOURCE_DATABASE .* "llma migrate --with-sources" creates empty ones$/,
    );
  } finally {
    await cli.clickhouse.command({ query: `DROP DATABASE ${database} SYNC` });
  }
});

test('a table with another schema', async () => {
  await cli.clickhouse.command({
    query: `ALTER TABLE ${cli.database}.llma_metrics_versions MODIFY COLUMN template String`,
  });
  try {
    const { code, bad } = await examine();

    expect(code).toBe(1);
    expect(bad.map(({ check, message }) => `${check}: ${message}`)).toEqual([
      expect.stringMatching(
        /^schema: .*llma_metrics_versions has "template" as String, expected LowCardinality\(String\); it is not the table/,
      ),
    ]);
  } finally {
    await cli.clickhouse.command({
      query: `ALTER TABLE ${cli.database}.llma_metrics_versions MODIFY COLUMN template LowCardinality(String)`,
    });
  }
});

test('templates that are wrong, each by its name', async () => {
  const sqlDir = temporaryDirectory({
    'good.sql': `SELECT date, team_id, 'good' AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
    'undefined.sql': `SELECT '{{ nothing }}'`,
    'columns.sql': 'SELECT 1 AS one',
  });
  const { code, bad } = await examine({ LLMA_SQL_DIR: sqlDir });

  expect(code).toBe(1);
  const files = new Set(bad.map(({ check, message }) => `${check} ${/\w+\.sql/.exec(message)?.[0] ?? message}`));
  expect(files).toEqual(new Set(['templates columns.sql', 'templates undefined.sql']));
});

test('no search attributes, no worker, no schedule', async () => {
  const namespace = `${cli.temporal.namespace}-bare`;
  await cli.temporal.connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });

  const { code, bad } = await examine({ TEMPORAL_NAMESPACE: namespace });

  expect(code).toBe(1);
  expect(bad).toEqual([
    ...['LlmaPartition (KeywordList)', 'LlmaRunKind (Keyword)', 'LlmaFailed (Int)'].map((name) => ({
      check: 'search attributes',
      level: 'problem',
      message: `search attribute ${name} is not registered in namespace ${namespace}`,
      remedy: `temporal operator search-attribute create --namespace ${namespace} --name ${name.replace(/ \((.*)\)/, ' --type $1')}`,
    })),
    {
      check: 'worker',
      level: 'problem',
      message: 'none asks for work on llma-metrics',
      remedy: 'start one: llma worker',
    },
    {
      check: 'schedule',
      level: 'warning',
      message: 'there is no llma-metrics-daily: no day is computed by itself',
      remedy: 'llma schedule apply',
    },
  ]);
});

test('a schedule that is paused or not as configured is worth knowing, and nothing wrong', async () => {
  await cli.run('schedule', 'pause', '--note', 'holiday');
  try {
    expect(await examine()).toMatchObject({
      code: 0,
      bad: [
        {
          check: 'schedule',
          level: 'warning',
          message: 'llma-metrics-daily is paused (holiday)',
          remedy: 'llma schedule resume',
        },
      ],
    });
    expect(await examine({ LLMA_CRON_SCHEDULE: '1 2 * * *' })).toMatchObject({
      code: 0,
      bad: [{ message: 'not what the configuration says: times', remedy: 'llma schedule apply' }],
    });
  } finally {
    await cli.run('schedule', 'resume');
  }
});

describe('--fix', () => {
  test('publishes what is accepted and not visible', async () => {
    await cli.addEvents('2026-01-03', 3);
    await cli.run('backfill', '--from', '2026-01-03', '--to', '2026-01-03', '--wait');
    const { stdout: before } = await cli.run('show', '2026-01-03');
    await cli.clickhouse.command({ query: `ALTER TABLE ${cli.database}.llma_metrics_daily DROP PARTITION 202601` });

    expect(await examine()).toMatchObject({
      code: 1,
      bad: [
        {
          check: 'publishes',
          message: 'month 202601: 2026-01-03 not as accepted',
          remedy: 'llma doctor --fix publishes it',
        },
      ],
    });
    const { code, stdout } = await cli.run('doctor', '--fix');

    expect(code).toBe(0);
    expect(stdout).toContain('✓ publishes          month 202601 was unfinished, and is published\n');
    expect((await cli.run('show', '2026-01-03')).stdout).toBe(before);
    expect(before).toMatch(/ai_generation_count +3\n/);
  });

  test('drops tables of runs that have ended, and leaves those that somebody works with', async () => {
    const { client } = cli.temporal;
    // On a queue of nobody: it stays open.
    const open = await client.workflow.start('waits', { taskQueue: 'nobody', workflowId: 'backfill/open', args: [] });
    const create = (name: string, owner: string) =>
      cli.clickhouse.command({
        query: `CREATE TABLE ${cli.database}.${name} (a Int8) ENGINE = Memory COMMENT '${owner}'`,
      });
    await create('llma_cand_0_0_0', 'backfill/open');
    await create('llma_cand_1_0_0', 'backfill/2026-01-03_2026-01-03');
    await create('llma_pub_202601_0', 'publish/202601');
    await create('llma_slice_0', '');
    try {
      expect(await examine()).toMatchObject({
        code: 0,
        bad: [
          {
            check: 'leftovers',
            level: 'warning',
            message: expect.stringMatching(
              /^3 tables \(llma_cand_1_0_0, llma_pub_202601_0, llma_slice_0\) of runs that have ended$/,
            ) as string,
          },
        ],
      });
      expect((await cli.run('doctor', '--fix')).stdout).toMatch(/✓ leftovers +dropped 3 tables \(/);
      expect((await cli.run('doctor')).stdout).toMatch(/✓ leftovers +none; 1 temporary table of runs under way\n/);
    } finally {
      await open.terminate();
      await cli.run('doctor', '--fix');
    }
    expect((await cli.run('doctor')).stdout).toMatch(/✓ leftovers +none\n/);
  });
});

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
    const { code, bad } = await examine({ CLICKHOUSE_URL: url });

    expect(code).toBe(1);
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
  const enough = [
    'GRANT SELECT, INSERT, CREATE TABLE, DROP TABLE, ALTER DELETE ON llma.*',
    'GRANT TABLE ENGINE ON MergeTree, TABLE ENGINE ON Memory',
    'GRANT SELECT ON system.*',
  ];

  beforeAll(async () => {
    server = await startClickHouse({
      dataDir: temporaryDirectory(),
      users: [
        { name: 'etl', password: 'secret', grants: [...enough, 'GRANT SELECT ON raw.events'] },
        { name: 'blind', password: 'secret', grants: enough },
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
    expect(await examine(as('etl'))).toMatchObject({ code: 0, bad: [] });
  });

  test('that are missing, each with the statement that gives it', async () => {
    const { code, bad } = await examine(as('analyst'));

    expect(code).toBe(1);
    expect(bad.map(({ check, message, remedy }) => [check, message, remedy])).toEqual(
      [
        'INSERT ON llma.*',
        'CREATE TABLE ON llma.*',
        'DROP TABLE ON llma.*',
        'ALTER DELETE ON llma.*',
        'TABLE ENGINE ON MergeTree',
        'TABLE ENGINE ON Memory',
      ].map((grant) => ['grants', `user analyst lacks ${grant}`, `GRANT ${grant} TO analyst`]),
    );
  });

  test('to read the source', async () => {
    const { code, bad } = await examine(as('blind'));

    expect(code).toBe(1);
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
