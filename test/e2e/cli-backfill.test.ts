import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { slowTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli, type Running } from './cli-harness.js';

const COUNTS = `SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_count') AS metric_name, toFloat64(uniqExact(event_id)) AS metric_value
FROM {{ llm_events }} GROUP BY date, team_id, metric_name`;

/** Fails on two days when it runs, not before. */
const PICKY = `SELECT date, team_id, 'picky' AS metric_name, toFloat64(throwIf(date IN ('2026-01-02', '2026-01-05'), 'no rate for this day')) AS metric_value
FROM {{ llm_events }} GROUP BY date, team_id`;

const sqlDir = temporaryDirectory({ 'counts.sql': COUNTS, 'picky.sql': PICKY, 'slow.sql': slowTemplate(1) });

let cli: Cli;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  cli = await openCli({
    LLMA_SQL_DIR: sqlDir,
    LLMA_MAX_PARTITIONS_PER_RUN: '3',
    TEMPORAL_UI_URL: 'https://temporal.test/',
  });
  await cli.run('migrate', '--with-sources');
  for (const day of ['01', '02', '03', '04', '05', '06']) await cli.addEvents(`2026-01-${day}`, Number(day));
  stopWorker = await cli.worker();
});
afterAll(() => cli.close());

const range = (from: string, to: string) => ['--from', `2026-01-${from}`, '--to', `2026-01-${to}`];

async function until(running: Running, text: RegExp): Promise<void> {
  while (!text.test(running.printed())) await new Promise((resolve) => setTimeout(resolve, 20));
}

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
  let failed: Awaited<Running['done']>;

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
      /no day from 2026-01-03 to 2026-01-04 has failed in its last attempt: there is nothing to do\n$/,
    );
  });
});

describe('a run under way', () => {
  const id = 'backfill/2026-01-01_2026-01-12';
  const slow = ['backfill', ...range('01', '12'), '--metrics', 'slow', '--concurrency', '1'];

  afterEach(async () => {
    await cli.run('cancel', id, '--wait');
  });

  test('is joined, saying which options differ', async () => {
    await cli.run(...slow);

    const given = [...range('01', '12'), '--concurrency', '4', '--order', 'newest-first', '--metrics', 'counts'];
    const { code, stdout, stderr } = await cli.run('backfill', ...given, '--max-partitions-per-run', '3');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^backfill\/2026-01-01_2026-01-12: runs already, joined it\n/);
    expect(stderr.split('\n')).toEqual([
      'warning: it keeps --concurrency 1, which it began with, and not 4',
      'warning: it keeps --metrics slow, which it began with, and not counts',
      'warning: it keeps --order oldest-first, which it began with, and not newest-first',
      '',
    ]);
  });

  test('goes on after Ctrl-C, which says so', async () => {
    const running = cli.start([...slow, '--wait']);
    await until(running, /\/12 days/);
    running.stop();
    const { code, stderr } = await running.done;

    expect(code).toBe(130);
    expect(stderr).toContain(`${id} goes on: "llma progress ${id}" shows it, "llma cancel" would end it\n`);
    expect((await cli.json<{ workflowId: string }[]>('progress')).map(({ workflowId }) => workflowId)).toContain(id);
  });

  test('is paused, steered, resumed and cancelled', async () => {
    await cli.run(...slow);
    const short = '2026-01-01_2026-01-12';

    expect((await cli.run('pause', short, '--reason', 'lunch')).stdout).toBe(
      `${id} paused by lunch; "llma resume" lets it go on\n`,
    );
    expect((await cli.run('progress', short)).stdout).toMatch(/^backfill\/.*: \d+\/12 days · paused by lunch/);
    expect((await cli.run('resume', id, '--reason', 'dinner')).stderr).toBe(
      `error: ${id}: it is not paused by "dinner", but by "lunch"\n`,
    );
    expect((await cli.run('set-concurrency', id, '5')).stdout).toBe(`${id} computes 5 days at once from now on\n`);
    expect((await cli.run('resume', id)).stdout).toBe(`${id} goes on\n`);
    expect(await cli.run('resume', id)).toMatchObject({ code: 2, stderr: `error: ${id}: the run is not paused\n` });
    expect((await cli.run('retry-failed', id)).stdout).toBe(`${id}: no day has failed\n`);
    expect((await cli.run('progress')).stdout).toMatch(
      /^run +state +days +failed +now +left\nbackfill\/2026-01-01_2026-01-12 +running +\d+\/12 +0 /,
    );
    expect(await cli.run('cancel', id, '--wait')).toMatchObject({
      code: 0,
      stdout: `${id} was cancelled: what it had accepted is published\n`,
    });
    expect(await cli.run('pause', id)).toMatchObject({ code: 2, stderr: `error: ${id} has ended (cancelled)\n` });
  });

  test('that is cancelled while somebody waits ends there with 1', async () => {
    const running = cli.start([...slow, '--wait']);
    await until(running, /\/12 days/);
    await cli.run('cancel', id);

    expect(await running.done).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`error: ${id} was cancelled: what it had accepted is published\n`) as string,
    });
  });
});

test('what the worker refuses is bad input: 2', async () => {
  for (const wait of ['--wait', '--no-wait']) {
    expect(await cli.run('backfill', ...range('03', '04'), '--metrics', 'counts,nothing', wait)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'error: backfill/2026-01-03_2026-01-04 failed: metrics: there is no template "nothing"; known are counts, picky, slow\n',
      ) as string,
    });
  }
});

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
      status: { status: 'published' },
    });
  });

  test.each([
    ['a day without events', ['2026-01-08'], '2026-01-08 was computed, and has no rows: there were no events\n'],
    ['another team', ['2026-01-07', '--team', '5'], '2026-01-07 has 1 row, none of team 5\n'],
    [
      'a day that was never computed',
      ['2026-01-20'],
      '2026-01-20 was never computed: "llma backfill --from 2026-01-20 --to 2026-01-20" computes it\n',
    ],
  ])('says it of %s', async (_, argv, stdout) => {
    expect(await cli.run('show', ...argv)).toEqual({ code: 0, stdout, stderr: '' });
  });
});

test.each(['progress', 'pause', 'resume', 'cancel', 'retry-failed'])('%s of a run that never was', async (command) => {
  expect(await cli.run(command, '2026-02-01_2026-02-02')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: there is no run "backfill/2026-02-01_2026-02-02"; "llma progress" lists those that run\n',
  });
});

test('when nothing runs, progress says so', async () => {
  expect((await cli.run('progress')).stdout).toBe('nothing runs; "llma backfill" starts a backfill\n');
});

test('without a worker, everything says that nobody answers', async () => {
  await stopWorker();
  const nobody = 'no worker answers: start one with "llma worker"; the run waits for it';

  const started = await cli.run('backfill', ...range('01', '02'));
  const id = 'backfill/2026-01-01_2026-01-02';

  expect(started).toMatchObject({ code: 0, stderr: `warning: ${nobody}\n` });
  expect(await cli.run('progress', id)).toMatchObject({
    code: 0,
    stdout: `${id}: running, as far as Temporal knows\n`,
    stderr: `warning: ${nobody}\n`,
  });
  expect(await cli.run('progress')).toMatchObject({ code: 0, stderr: `warning: ${nobody}\n` });
  expect(await cli.run('pause', id)).toMatchObject({
    code: 2,
    stderr: `error: ${id}: ${nobody}. Ask again then: this one may be lost\n`,
  });
  await cli.temporal.client.workflow.getHandle(id).terminate();
});
