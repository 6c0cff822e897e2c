import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../embedded/ports.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { doctor, openCli, type Cli } from './cli-harness.js';

let cli: Cli;

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate', '--with-sources');
  await cli.run('schedule', 'apply');
  await cli.worker();
});
afterAll(() => cli.close());

const examine = (environment: Readonly<Record<string, string>> = {}, ...options: string[]) =>
  doctor(cli, environment, options);

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
    '✓ retention',
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
      `schema: ${database}.llma_metrics_states is missing: run "llma migrate"`,
      `schema: ${database}.llma_metrics_states_versions is missing: run "llma migrate"`,
      `schema: ${database}.llma_partition_runs is missing: run "llma migrate"`,
      `schema: ${database}.llma_partition_status is missing: run "llma migrate"`,
      expect.stringMatching(/^sources: sql\/sources\/posthog_events\.sql:\d+: .*events/),
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
