import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfillId } from '../../workflows/plan/names.js';
import { parsePartition } from '../../config/partition.js';
import { rowsTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

const ONE = rowsTemplate([1, 'one', 1]);
/** Fails on the third day, and on two in a row, when it runs, not before. */
const BAD = "'2026-01-03', '2026-01-05', '2026-01-06'";
const PICKY = rowsTemplate([1, 'picky', `throwIf('{{ date_start }}' IN (${BAD}), 'not this day')`]);

let cli: Cli;

beforeAll(async () => {
  const sqlDir = temporaryDirectory({ 'one.sql': ONE, 'picky.sql': PICKY });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
});
afterAll(() => cli.close());

const OPTIONS = {
  maxPartitionsPerRun: 2,
  concurrency: 3,
  metrics: ['picky'],
  order: 'newest-first',
  computeExpired: 'from the "archive"',
};
const id = backfillId(parsePartition('2026-01-02'), parsePartition('2026-01-03'));

/** What the backfill of the third day was started with last. */
async function inputOfRetry(): Promise<unknown> {
  const handle = cli.temporal.client.workflow.getHandle('backfill/2026-01-03_2026-01-03');
  await handle.result();
  const { events } = await handle.fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString());
}

test('a run that has ended is retried with its own options, which are said', async () => {
  const given = ['--max-partitions-per-run', '2', '--concurrency', '3', '--metrics', 'picky'];
  const more = ['--order', 'newest-first', '--compute-expired', OPTIONS.computeExpired];
  await cli.run('backfill', '--from', '2026-01-02', '--to', '2026-01-03', ...given, ...more, '--wait');

  const { code, stdout } = await cli.run('retry-failed', id);

  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    `${id} has ended (completed), and takes no orders`,
    'with its options: --max-partitions-per-run 2 --concurrency 3 --metrics picky --order newest-first --compute-expired "from the \\"archive\\""',
    'backfill/2026-01-03_2026-01-03: started',
    '"llma progress" shows how far it is',
    '',
  ]);
  expect(await inputOfRetry()).toEqual({ from: '2026-01-03', to: '2026-01-03', ...OPTIONS });
});

test('days in a row are one run, of which one is spoken', async () => {
  const two = backfillId(parsePartition('2026-01-05'), parsePartition('2026-01-06'));
  await cli.run('backfill', '--from', '2026-01-05', '--to', '2026-01-06', '--wait');

  expect((await cli.run('retry-failed', two)).stdout.split('\n').slice(1)).toEqual([
    `${two}: started`,
    '"llma progress" shows how far it is',
    '',
  ]);
  await cli.temporal.client.workflow.getHandle(two).result();
});

test('a reason to publish what is blocked is not used again', async () => {
  const { client } = cli.temporal;
  await client.workflow.execute('backfillMetrics', {
    taskQueue: 'llma-metrics',
    workflowId: 'by hand',
    args: [{ from: '2026-01-03', to: '2026-01-03', publishAnyway: 'it is right' }],
  });

  const { code, stdout } = await cli.run('retry-failed', 'by hand');

  expect(code).toBe(0);
  expect(stdout).toContain(
    'its reason to publish what an audit blocks is not used again: "llma publish-anyway" takes a new one\n',
  );
  expect(await inputOfRetry()).toEqual({ from: '2026-01-03', to: '2026-01-03' });
});

test('a run that ended by force is retried by the range of its input; a template that is gone is said', async () => {
  const { client } = cli.temporal;
  const args = [{ from: '2026-01-03', to: '2026-01-03', metrics: ['gone'] }];
  const handle = await client.workflow.start('backfillMetrics', { taskQueue: 'nobody', workflowId: 'ended', args });
  await handle.terminate();

  expect(await cli.run('retry-failed', 'ended')).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('with its options: --metrics gone\n') as string,
    stderr: expect.stringContaining(
      'failed: metrics: there is no template "gone" (did you mean one?); known are one, picky\n',
    ) as string,
  });
});
