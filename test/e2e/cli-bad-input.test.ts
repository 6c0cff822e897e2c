import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays, fromTime, previousDay } from '../../config/partition.js';
import { freePort } from '../../embedded/ports.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;
let port: number;

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate');
  port = await freePort();
});
afterAll(() => cli.close());

const today = fromTime(Date.now());
const yesterday = previousDay(today);
const tomorrow = addDays(today, 1);
const backfill = (...options: string[]) => ['backfill', ...options];

/** Nothing but the sentence, and commander's hint. */
const HINT = '(add --help to see what it takes)';

test.each([
  [
    backfill('--from', '2026-02-30'),
    `error: option '--from <day>' argument '2026-02-30' is invalid. There is no such day; check the month's length.`,
  ],
  [
    backfill('--to', 'yesterday'),
    `error: option '--to <day>' argument 'yesterday' is invalid. Expected a UTC day like "2026-01-31".`,
  ],
  [
    backfill('--from', '1969-12-31'),
    `error: option '--from <day>' argument '1969-12-31' is invalid. Expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold.`,
  ],
  [
    backfill('--concurrency', '0'),
    `error: option '--concurrency <n>' argument '0' is invalid. Expected a whole number from 1 to 64.`,
  ],
  [
    backfill('--max-partitions-per-run', '1.5'),
    `error: option '--max-partitions-per-run <n>' argument '1.5' is invalid. Expected a whole number from 1 to 366.`,
  ],
  [
    backfill('--metrics', 'a,,b'),
    `error: option '--metrics <names>' argument 'a,,b' is invalid. A name is empty; expected names with commas between them, like a,b.`,
  ],
  [
    backfill('--order', 'sideways'),
    `error: option '--order <order>' argument 'sideways' is invalid. Allowed choices are oldest-first, newest-first.`,
  ],
  [backfill('--form', '2026-01-01'), `error: unknown option '--form'\n(Did you mean --from?)`],
  [backfill('2026-01-01'), `error: too many arguments for 'backfill'. Expected 0 arguments but got 1.`],
  [['set-concurrency', 'x', '65'], `error: n '65' is invalid. Expected a whole number from 1 to 64.`],
  [['pause'], `error: missing required argument 'id'`],
  [['show', '2026-13-01'], `error: day '2026-13-01' is invalid. There is no such month; expected 01 to 12.`],
  [
    ['show', '2026-01-01', '--team', '-1'],
    `error: option '--team <n>' argument '-1' is invalid. Expected a whole number from 0 to 18446744073709551615.`,
  ],
  [['shedule'], `error: unknown command 'shedule'\n(Did you mean schedule?)`],
  [['schedule', 'aply'], `error: unknown command 'aply'\n(Did you mean apply?)`],
])('%j is refused by its syntax', async (argv, message) => {
  const { code, stdout, stderr } = await cli.run(...argv);

  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${message}\n${HINT}\n` });
});

test.each([
  [backfill('--from', today), `--from ${today}: today is not over yet; the latest possible day is ${yesterday} (UTC)`],
  [
    backfill('--to', tomorrow),
    `--to ${tomorrow}: it lies in the future; the latest possible day is ${yesterday} (UTC)`,
  ],
  [
    backfill('--from', '2025-12-31'),
    '--from 2025-12-31 is before partition_start_date 2026-01-01; set LLMA_PARTITION_START_DATE to an earlier day, or begin later',
  ],
  [
    backfill('--from', '2026-01-09', '--to', '2026-01-08'),
    '--from 2026-01-09 is after --to 2026-01-08: the range is empty; swap them',
  ],
])('%j is refused by its meaning', async (argv, message) => {
  const ran = await cli.run(...argv);

  expect(ran).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n` });
});

async function errorOf(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await cli.start(argv, { environment }).done;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

describe('configuration', () => {
  test('every mistake is said at once', async () => {
    const environment = {
      LLMA_CRON_SCHEDULE: '0 25 * * *',
      LLMA_CONCURRENCY: 'many',
      LLMA_PARTITION_START_DATE: '2025-02-29',
      CLICKHOUSE_URL: 'localhost',
    };

    const error = await errorOf(['schedule', 'apply'], environment);

    expect(error).toMatch(/^error: the configuration has 4 problems:\n/);
    for (const name of Object.keys(environment)) expect(error).toContain(`\n  ${name}="`);
    expect(error).not.toMatch(/\n {4}at /);
  });

  test('an unknown variable is a warning', async () => {
    const { code, stderr } = await cli.start(['progress'], { environment: { LLMA_CONCURENCY: '3' } }).done;

    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'warning: LLMA_CONCURENCY (from the environment) is not a variable of llma-metrics and is not used (did you mean LLMA_CONCURRENCY?)\n',
    });
  });

  test('a password never shows', async () => {
    const error = await errorOf(['show', '2026-01-01'], { CLICKHOUSE_PASSWORD: 'hunter2', DEBUG: 'llma' });

    expect(error).not.toContain('hunter2');
    // It was asked for.
    expect(error).toMatch(/\n {4}at /);
  });
});

describe('ClickHouse', () => {
  test('does not answer', async () => {
    const url = `http://127.0.0.1:${port}`;
    for (const argv of [['show', '2026-01-01'], ['migrate']]) {
      expect(await errorOf(argv, { CLICKHOUSE_URL: url })).toBe(
        `error: ClickHouse does not answer at ${url} (connect ECONNREFUSED 127.0.0.1:${port}): start it, or set CLICKHOUSE_URL; "llma up" starts one\n`,
      );
    }
  });

  test('refuses the user or the password', async () => {
    for (const environment of [{ CLICKHOUSE_PASSWORD: 'wrong' }, { CLICKHOUSE_USER: 'nobody' }]) {
      const user = environment.CLICKHOUSE_USER ?? 'default';
      expect(await errorOf(['migrate'], environment)).toBe(
        `error: ClickHouse at ${cli.environment['CLICKHOUSE_URL']} refuses the user "${user}" or the password: set CLICKHOUSE_USER, and CLICKHOUSE_PASSWORD or CLICKHOUSE_PASSWORD_FILE\n`,
      );
    }
  });

  test('has no such database', async () => {
    expect(await errorOf(['show', '2026-01-01'], { CLICKHOUSE_DATABASE: 'elsewhere' })).toMatch(
      /^error: ClickHouse at http.* has no database "elsewhere": run "llma migrate", or set CLICKHOUSE_DATABASE/,
    );
  });

  test('has none of our tables', async () => {
    const database = `${cli.database}_empty`;
    await cli.clickhouse.command({ query: `CREATE DATABASE ${database}` });
    try {
      expect(await errorOf(['show', '2026-01-01'], { CLICKHOUSE_DATABASE: database })).toMatch(
        /^error: ClickHouse 60: [\w ]+ '?\w+\.llma_metrics_daily'?[\w ]*: run "llma migrate", or set CLICKHOUSE_DATABASE\n$/,
      );
    } finally {
      await cli.clickhouse.command({ query: `DROP DATABASE ${database} SYNC` });
    }
  });

  test('has a table of ours with another schema', async () => {
    const database = `${cli.database}_other`;
    await cli.clickhouse.command({ query: `CREATE DATABASE ${database}` });
    await cli.clickhouse.command({
      query: `CREATE TABLE ${database}.llma_metrics_daily (date Date, team_id Int64) ENGINE = MergeTree ORDER BY date`,
    });
    try {
      const { code, stderr } = await cli.start(['migrate'], { environment: { CLICKHOUSE_DATABASE: database } }).done;

      expect(code).toBe(1);
      expect(stderr).toContain(
        `error: ${database}.llma_metrics_daily has "team_id" as Int64, expected UInt64; it is not the table`,
      );
      expect(stderr).toContain(`error: ${database}.llma_metrics_daily has no column "metric_name" (String)`);
    } finally {
      await cli.clickhouse.command({ query: `DROP DATABASE ${database} SYNC` });
    }
  });
});

describe('Temporal', () => {
  test('does not answer', async () => {
    const started = Date.now();
    const error = await errorOf(['backfill', '--from', '2026-01-01', '--to', '2026-01-02'], {
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    });

    expect(error).toMatch(
      new RegExp(
        `^error: Temporal does not answer at 127\\.0\\.0\\.1:${port} \\(.*\\): start it, or set TEMPORAL_ADDRESS; "llma up" starts one\n$`,
      ),
    );
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  test('has no such namespace', async () => {
    expect(await errorOf(['progress'], { TEMPORAL_NAMESPACE: 'nowhere' })).toBe(
      `error: Temporal at ${cli.temporal.address} has no namespace "nowhere": set TEMPORAL_NAMESPACE, or run "temporal operator namespace create --namespace nowhere"\n`,
    );
  });

  test('has a workflow of this id that is no run', async () => {
    const handle = await cli.temporal.client.workflow.start('publishMonth', {
      taskQueue: 'nobody',
      workflowId: 'publish/202601',
    });
    expect(await errorOf(['progress', 'publish/202601'], {})).toBe(
      'error: "publish/202601" is a publishMonth: only backfills and daily runs have progress, and can be steered\n',
    );
    await handle.terminate();
  });

  test('does not know a search attribute', async () => {
    const namespace = `${cli.temporal.namespace}-bare`;
    await cli.temporal.connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });

    for (const argv of [['schedule', 'apply'], backfill('--from', '2026-01-01', '--to', '2026-01-02')]) {
      expect(await errorOf(argv, { TEMPORAL_NAMESPACE: namespace })).toContain(
        `error: search attribute LlmaPartition (KeywordList) is not registered in namespace ${namespace}: run "temporal operator search-attribute create --namespace ${namespace} --name LlmaPartition --type KeywordList"\n`,
      );
    }
  });

  test('refuses a configuration that makes no sense', async () => {
    const error = await errorOf(['progress'], { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/cert.pem' });

    expect(error).toMatch(/^error: .*\/nowhere\/cert\.pem/s);
  });
});

describe('a worker', () => {
  test('of a namespace that is not there', async () => {
    expect(await errorOf(['worker'], { TEMPORAL_NAMESPACE: 'nowhere' })).toMatch(
      /^error: Temporal at .* has no namespace "nowhere": /,
    );
  });
});
