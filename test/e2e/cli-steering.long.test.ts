import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { slowTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, until, type Cli } from './cli-harness.js';

let cli: Cli;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  const sqlDir = temporaryDirectory({
    'counts.sql': slowTemplate(0).replace('slow', 'counts'),
    'slow.sql': slowTemplate(1),
  });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir, LLMA_MAX_PARTITIONS_PER_RUN: '3' });
  await cli.run('migrate', '--with-sources');
  stopWorker = await cli.worker();
});
afterAll(() => cli.close());

const range = (from: string, to: string) => ['--from', `2026-01-${from}`, '--to', `2026-01-${to}`];

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
    expect((await cli.run('set-concurrency', id, '5')).stdout).toBe(
      `${id} inserts 5 days at once from now on, where templates are not by date\n`,
    );
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

describe('without a worker', () => {
  const nobody = 'no worker answers: start one with "llma worker"; the run waits for it';
  const id = 'backfill/2026-01-01_2026-01-02';
  let idle: Cli;

  beforeAll(async () => {
    idle = await openCli();
    await idle.run('migrate');
  });
  afterAll(() => idle.close());

  test('a backfill is started all the same, and everything says that nobody answers', async () => {
    const started = await idle.run('backfill', ...range('01', '02'));

    expect(started).toMatchObject({ code: 0, stderr: `warning: ${nobody}\n` });
    expect(await idle.run('progress', id)).toEqual({
      code: 0,
      stdout: `${id}: running, as far as Temporal knows\n`,
      stderr: `warning: ${nobody}\n`,
    });
    expect(await idle.run('progress')).toMatchObject({ code: 0, stderr: `warning: ${nobody}\n` });
    expect(await idle.json('progress', id)).toMatchObject({ workflowId: id, status: 'RUNNING', silence: nobody });
    expect(await idle.run('pause', id)).toMatchObject({ code: 2, stderr: `error: ${id}: ${nobody}\n` });
    expect(await idle.run('cancel', id)).toMatchObject({ code: 0 });
    await idle.temporal.client.workflow.getHandle(id).terminate();
  });

  test('that was there a moment ago, a question is given up after some seconds', async () => {
    await stopWorker();
    const { client } = cli.temporal;
    await client.workflow.start('backfillMetrics', { taskQueue: 'llma-metrics', workflowId: id, args: [] });

    expect(await cli.run('progress', id)).toMatchObject({ code: 0, stderr: `warning: ${nobody}\n` });
    expect(await cli.run('set-concurrency', id, '2')).toMatchObject({
      code: 2,
      stderr: `error: ${id}: ${nobody}. Ask again then: this one may be lost\n`,
    });
    await client.workflow.getHandle(id).terminate();
  });
});
