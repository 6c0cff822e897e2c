import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fromTime, previousDay } from '../../config/partition.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate', '--with-sources');
});
afterAll(() => cli.close());

afterEach(async () => {
  await cli.run('schedule', 'delete');
});

const hourly = { environment: { LLMA_CRON_SCHEDULE: '15 * * * *' } };
const handle = () => cli.temporal.client.schedule.getHandle('llma-metrics-daily');

describe('apply', () => {
  test('creates the schedule as the design has it', async () => {
    const { code, stdout, stderr } = await cli.run('schedule', 'apply');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\+ llma-metrics-daily created\n {4}runs at 0 6 \* \* \* \(UTC\), next .* 06:00 UTC\n$/);
    const { policies, action, info, spec } = await handle().describe();
    expect(policies).toEqual({ overlap: 'ALLOW_ALL', catchupWindow: 7 * 86_400_000, pauseOnFailure: false });
    expect(action).toMatchObject({
      workflowType: 'dailyMetrics',
      workflowId: 'daily-metrics',
      taskQueue: 'llma-metrics',
      args: [],
      staticSummary: 'Daily metrics of the day before',
      searchAttributes: { LlmaRunKind: ['daily'] },
    });
    expect(spec.calendars?.map(({ comment }) => comment)).toEqual(['0 6 * * *']);
    expect(info.nextActionTimes.slice(0, 3).map((time) => time.toISOString().slice(11))).toEqual(
      Array(3).fill('06:00:00.000Z'),
    );
  });

  test('does nothing the second time', async () => {
    await cli.run('schedule', 'apply');
    const before = await handle().describe();

    const { code, stdout } = await cli.run('schedule', 'apply');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ llma-metrics-daily unchanged\n/);
    expect((await handle().describe()).info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt);
  });

  test('says what changed: old → new', async () => {
    await cli.run('schedule', 'apply');

    const { stdout } = await cli.start(['schedule', 'apply'], hourly).done;

    expect(stdout).toMatch(/^✎ llma-metrics-daily updated\n {4}times: 0 6 \* \* \* → 15 \* \* \* \*\n/);
    expect((await cli.start(['schedule', 'apply'], hourly).done).stdout).toMatch(/^✓ llma-metrics-daily unchanged/);
  });

  test('puts back what somebody changed by other means', async () => {
    await cli.run('schedule', 'apply');
    await handle().update((schedule) => ({
      ...schedule,
      spec: { intervals: [{ every: '1 hour' }] },
      policies: { overlap: 'SKIP', catchupWindow: '1 hour', pauseOnFailure: true },
      action: { ...schedule.action, workflowType: 'other', args: [{ partition: '2026-01-01' }] },
    }));

    const { changes } = await cli.json<{ changes: unknown[] }>('schedule', 'apply');

    expect(changes).toEqual([
      { what: 'times', old: 'times of its own', new: '0 6 * * *' },
      { what: 'overlap', old: 'SKIP', new: 'ALLOW_ALL' },
      { what: 'catch-up window', old: '3600 s', new: '7 days' },
      { what: 'pause on failure', old: 'true', new: 'false' },
      { what: 'workflow type', old: 'other', new: 'dailyMetrics' },
      { what: 'arguments', old: '[{"partition":"2026-01-01"}]', new: '[]' },
    ]);
    expect((await cli.run('schedule', 'apply')).stdout).toMatch(/unchanged/);
  });

  test.each([
    ['nothing else changes', {}],
    ['the times change', hourly.environment],
  ])('keeps a pause and its note when %s', async (_, environment: Record<string, string>) => {
    await cli.run('schedule', 'apply');
    await cli.run('schedule', 'pause', '--note', 'the source moves house');

    const { stdout } = await cli.start(['schedule', 'apply'], { environment }).done;

    expect(stdout).toMatch(/ {4}paused \(the source moves house\): "llma schedule resume" lets it go on\n$/);
    expect((await handle().describe()).state).toMatchObject({ paused: true, note: 'the source moves house' });
    expect((await cli.start(['schedule', 'resume'], { environment }).done).code).toBe(0);
    expect((await cli.start(['schedule', 'apply'], { environment }).done).stdout).toMatch(
      /✓ .* unchanged\n {4}runs at/,
    );
  });

  test('says so when it will never run', async () => {
    const { stderr } = await cli.start(['schedule', 'apply'], { environment: { LLMA_CRON_SCHEDULE: '0 6 31 2 *' } })
      .done;

    expect(stderr).toBe('warning: it never runs: no day is 0 6 31 2 *; set LLMA_CRON_SCHEDULE\n');
    expect((await cli.run('schedule', 'describe')).stderr).toContain(stderr);
  });

  test('two at once are one', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => cli.run('schedule', 'apply')));

    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(all.filter(({ stdout }) => stdout.startsWith('+'))).toHaveLength(1);
  });
});

test('a triggered run takes the day before, and describe shows it', async () => {
  const yesterday = previousDay(fromTime(Date.now()));
  await cli.addEvents(yesterday, 5);
  await cli.worker();
  await cli.run('schedule', 'apply');
  await cli.run('schedule', 'pause', '--note', 'only by hand');

  const { workflowId } = await cli.json<{ workflowId: string }>('schedule', 'trigger');
  const end = await cli.run('progress', workflowId, '--wait');

  expect(workflowId).toMatch(/^daily-metrics-\d{4}-\d{2}-\d{2}T/);
  expect(end.stdout).toMatch(/^✓ daily-metrics-.*: \d days? published, \d+ rows?\n$/);
  expect((await cli.run('show', yesterday)).stdout).toMatch(/ 1 {2}ai_generation_count +5\n/);
  const { stdout } = await cli.run('schedule', 'describe');
  expect(stdout).toMatch(/^llma-metrics-daily · 0 6 \* \* \* \(UTC\) · paused \(only by hand\)\nnext {4}\d/);
  expect(stdout).toMatch(new RegExp(`completed {2}${workflowId}`));
});

test('describe says what differs from the configuration', async () => {
  await cli.run('schedule', 'apply');

  const { stdout, stderr, code } = await cli.start(['schedule', 'describe'], hourly).done;

  expect({ code, stdout: stdout.split('\n')[0] }).toEqual({
    code: 0,
    stdout: 'llma-metrics-daily · 0 6 * * * (UTC) · active',
  });
  expect(stderr).toBe(
    'warning: it is not what the configuration says: times (0 6 * * *, not 15 * * * *); "llma schedule apply" changes it\n',
  );
});

test.each(['describe', 'pause', 'resume', 'trigger', 'delete'])(
  '%s without a schedule says how to make one',
  async (command) => {
    const { code, stdout, stderr } = await cli.run('schedule', command);

    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no schedule llma-metrics-daily: "llma schedule apply" creates it\n',
    });
  },
);
