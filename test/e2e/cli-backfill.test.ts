import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromTime } from '../../config/partition.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli, type Ran } from './cli-harness.js';

const COUNTS = `SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_count') AS metric_name, toFloat64(uniqExact(event_id)) AS metric_value
FROM {{ llm_events }} GROUP BY date, team_id, metric_name`;

/** Fails on two days when it runs, not before. */
const PICKY = `SELECT date, team_id, 'picky' AS metric_name, toFloat64(throwIf(date IN ('2026-01-02', '2026-01-05'), 'no rate for this day')) AS metric_value
FROM {{ llm_events }} GROUP BY date, team_id`;

// Few events on few days: what is missing is no news here.
const QUIET = '-- warning: Nobody is missed.\n';

const sqlDir = temporaryDirectory({ 'counts.sql': COUNTS, 'picky.sql': PICKY, 'audits/vanished_teams.sql': QUIET });

let cli: Cli;

beforeAll(async () => {
  cli = await openCli({
    LLMA_SQL_DIR: sqlDir,
    LLMA_MAX_PARTITIONS_PER_RUN: '3',
    TEMPORAL_UI_URL: 'https://temporal.test/',
  });
  await cli.run('migrate', '--with-sources');
  for (const day of ['01', '02', '03', '04', '05', '06']) await cli.addEvents(`2026-01-${day}`, Number(day));
  await cli.worker();
});
afterAll(() => cli.close());

const range = (from: string, to: string) => ['--from', `2026-01-${from}`, '--to', `2026-01-${to}`];

test('computes a range, shows progress as plain lines, and ends with 0', async () => {
  const { code, stdout, stderr } = await cli.run('backfill', ...range('01', '04'), '--metrics', 'counts', '--wait');

  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'backfill/2026-01-01_2026-01-04: started, 4 days',
    `https://temporal.test/namespaces/${cli.temporal.namespace}/workflows/backfill%2F2026-01-01_2026-01-04`,
    '✓ backfill/2026-01-01_2026-01-04: 4 days published, 4 rows',
    '',
  ]);
  expect(stderr).not.toMatch(/error|\u001b/);
});

test('without --wait only starts it where nobody looks', async () => {
  const { code, stdout } = await cli.run('backfill', ...range('03', '04'), '--metrics', 'counts');

  expect(code).toBe(0);
  expect(stdout).toMatch(/^backfill\/2026-01-03_2026-01-04: started, 2 days\n/);
  expect((await cli.run('progress', '2026-01-03_2026-01-04', '--wait')).code).toBe(0);
});

test('on a terminal it draws a bar, and nothing of it stays', async () => {
  const running = cli.start(['backfill', ...range('03', '04'), '--metrics', 'counts'], { terminal: true });
  const { code, stdout, stderr } = await running.done;

  expect(code).toBe(0);
  expect(stdout).toContain('✓');
  expect(stderr).toMatch(/[█░]+ \d\/2 days/);
});

test('with --json standard output is one document', async () => {
  const result = await cli.json<Record<string, unknown>>(
    'backfill',
    ...range('03', '04'),
    '--metrics',
    'counts',
    '--wait',
  );

  expect(result).toMatchObject({
    workflowId: 'backfill/2026-01-03_2026-01-04',
    from: '2026-01-03',
    to: '2026-01-04',
    joined: false,
    differing: [],
    end: { how: 'completed', result: { published: ['2026-01-03', '2026-01-04'], failed: [] } },
  });
});

describe('days that fail', () => {
  let failed: Ran;

  beforeAll(async () => {
    failed = await cli.run('backfill', ...range('01', '06'), '--metrics', 'counts,picky', '--wait');
  });

  test('are named with their errors, and the exit code is 1', () => {
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/\n✗ backfill\/2026-01-01_2026-01-06: 4 days published, 8 rows\n$/);
    expect(failed.stderr).toContain('error: 2 days failed; what was published of them before stays:\n');
    expect(failed.stderr).toMatch(
      /\n {2}2026-01-02 {2}TemplateError: .*picky.*no rate for this day.*\n {2}2026-01-05 {2}/,
    );
    expect(failed.stderr).toMatch(/\n {2}when it is mended: llma retry-failed backfill\/2026-01-01_2026-01-06\n$/);
  });

  test('show says so, beside the rows that stay', async () => {
    expect((await cli.run('show', '2026-01-02')).stdout).toMatch(
      /^team {2}metric +value\n +1 {2}ai_generation_count +2\nthe last attempt at 2026-01-02 failed: .*no rate for this day.*\nthese are its rows from before\n$/,
    );
    expect((await cli.run('show', '2026-01-05')).stdout).toMatch(
      /^the last attempt at 2026-01-05 failed: .*\nit has never been published\n$/,
    );
  });

  test('progress of the run that has ended tells how', async () => {
    const { code, stdout } = await cli.run('progress', '2026-01-01_2026-01-06');

    expect(code).toBe(1);
    expect(stdout).toBe('✗ backfill/2026-01-01_2026-01-06: 4 days published, 8 rows\n');
  });

  test('retry-failed starts new backfills over them, because the run takes no orders any more', async () => {
    const { code, stdout } = await cli.run('retry-failed', '2026-01-01_2026-01-06');

    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'backfill/2026-01-01_2026-01-06 has ended (completed), and takes no orders',
      'with its options: --metrics counts,picky',
      'backfill/2026-01-02_2026-01-02: started',
      'backfill/2026-01-05_2026-01-05: started',
      '"llma progress" shows how far they are',
      '',
    ]);
    for (const day of ['2026-01-02', '2026-01-05']) await cli.run('progress', `${day}_${day}`, '--wait');
  });

  test('retry-failed has nothing to do where no day has failed', async () => {
    const { code, stdout } = await cli.run('retry-failed', 'backfill/2026-01-03_2026-01-04');

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /no day from 2026-01-03 to 2026-01-04 has failed in its last attempt, and nothing of this run is blocked: there is nothing to do\n$/,
    );
  });
});

test('what the worker refuses is bad input: 2', async () => {
  for (const wait of ['--wait', '--no-wait']) {
    expect(await cli.run('backfill', ...range('03', '04'), '--metrics', 'counts,nothing', wait)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'error: backfill/2026-01-03_2026-01-04 failed: metrics: there is no template "nothing"; known are counts, picky\n',
      ) as string,
    });
  }
});

const TODAY = fromTime(Date.now());

describe('show', () => {
  test('prints the day as a table', async () => {
    await cli.addEvents('2026-01-07', 12_345, 4);
    await cli.run('backfill', ...range('07', '08'), '--metrics', 'counts', '--wait');

    expect(await cli.run('show', '2026-01-07')).toEqual({
      code: 0,
      stdout: 'team  metric                value\n   4  ai_generation_count  12,345\n',
      stderr: '',
    });
    expect(await cli.json('show', '2026-01-07')).toMatchObject({
      date: '2026-01-07',
      rows: [{ team_id: 4, metric_name: 'ai_generation_count', metric_value: 12345 }],
      status: { status: 'published', not_understood: 0, rows: 1, source_rows: 12345, teams: 1 },
    });
  });

  test('of a team whose number is more than a JavaScript number', async () => {
    const team = '18446744073709551615';
    const row = { date: '2026-01-11', team_id: team, metric_name: 'm', metric_value: 1 };
    await cli.clickhouse.insert({ table: `${cli.database}.llma_metrics_daily`, values: [row], format: 'JSONEachRow' });

    for (const argv of [
      ['show', row.date],
      ['show', row.date, '--team', team],
    ]) {
      expect(await cli.json(...argv)).toMatchObject({ rows: [{ team_id: team, metric_name: 'm', metric_value: 1 }] });
      expect((await cli.run(...argv)).stdout).toContain(team);
    }
    expect(await cli.json('show', row.date, '--team', '18446744073709551614')).toMatchObject({ rows: [] });
  });

  test('says how many events were not understood', async () => {
    await cli.addEvents('2026-01-09', 2, 4);
    await cli.addEvents('2026-01-09', 1, -4);
    await cli.addEvents('2026-01-10', 3, -4);
    await cli.run('backfill', ...range('09', '10'), '--metrics', 'counts', '--wait');

    const read = (events: string, day: string) =>
      `${events} of 2026-01-${day} not understood, in part or wholly; what that means: docs/metrics.md#what-is-not-understood\n`;
    expect((await cli.run('show', '2026-01-09')).stdout).toBe(
      `team  metric               value\n   4  ai_generation_count      2\n${read('1 event', '09 was')}`,
    );
    expect((await cli.run('show', '2026-01-10')).stdout).toBe(
      `2026-01-10 was computed, and has no rows: there were no events\n${read('3 events', '10 were')}`,
    );
  });

  test.each([
    ['a day without events', ['2026-01-08'], '2026-01-08 was computed, and has no rows: there were no events\n'],
    [
      'another team',
      ['2026-01-07', '--team', '5'],
      '2026-01-07 has 1 row, none of team 5: it had no events, or no template returned a row of it\n',
    ],
    [
      'a day that was never computed',
      ['2026-01-20'],
      '2026-01-20 was never computed: "llma backfill --from 2026-01-20 --to 2026-01-20" computes it\n',
    ],
    ['today', [TODAY], `${TODAY} was never computed: today is not over yet\n`],
    ['a day to come', ['2149-06-05'], '2149-06-05 was never computed: it lies in the future\n'],
    [
      'a day before the first',
      ['2025-12-31'],
      '2025-12-31 was never computed: it is before LLMA_PARTITION_START_DATE 2026-01-01\n',
    ],
  ])('says it of %s', async (_, argv, stdout) => {
    expect(await cli.run('show', ...argv)).toEqual({ code: 0, stdout, stderr: '' });
  });
});
