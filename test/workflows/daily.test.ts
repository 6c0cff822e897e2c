/** Which days a daily run computes, and what either workflow makes of input that it can't use. */
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addDays, fromTime, previousDay } from '../../config/partition.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { TASK_QUEUE } from '../../workflows/plan/names.js';
import { FakePipeline, permanently } from '../support/temporal-fakes.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, type WorkflowTests } from '../support/temporal-worker.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const today = () => fromTime(Date.now());

describe('a daily run', () => {
  it('computes the day that it is told, and that one alone', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.lookback = () => [addDays(today(), -3)];
    const result = await tests.run(pipeline, async () => (await tests.daily({ partition: '2025-01-31' })).result());
    const day = { partition: '2025-01-31', outcome: 'published', rows: 2 };
    expect(result).toEqual({ partition: '2025-01-31', days: [day] });
    expect(pipeline.log).not.toContain('sweep');
  });

  it.each([[], [null], [{}]] as const)(
    'with input %j computes yesterday and heals the days before it',
    async (...input) => {
      const pipeline = new FakePipeline();
      const yesterday = previousDay(today());
      const missing = [addDays(yesterday, -3), addDays(yesterday, -1)];
      pipeline.hooks.lookback = () => missing;
      const result = await tests.run(pipeline, async () => (await tests.daily(...(input as []))).result());
      expect(result.partition).toBe(yesterday);
      expect(result.days.map(({ partition, outcome }) => [partition, outcome])).toEqual(
        [...missing, yesterday].map((day) => [day, 'published']),
      );
      expect(pipeline.log.at(-1)).toBe('sweep');
    },
  );

  it('computes its day though the look-back or the sweep fails, and says so', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.lookback = () => {
      throw permanently(FAILURE.clickhouse, 'no grant to read the ledger');
    };
    pipeline.activities.sweepVersions = async () => {
      throw permanently(FAILURE.clickhouse, 'no grant to delete');
    };
    const result = await tests.run(pipeline, async () => (await tests.daily()).result());
    expect(result.days).toMatchObject([{ partition: previousDay(today()), outcome: 'published' }]);
    expect(result.problems).toEqual([
      'checkLookback: no grant to read the ledger',
      'sweepVersions: no grant to delete',
    ]);
  });

  it('names the days that failed, for people and for searches', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.insert = () => {
      throw permanently(FAILURE.template, 'no such column');
    };
    await tests.run(pipeline, async () => {
      const handle = await tests.daily({ partition: '2025-01-31' });
      const failure = { partition: '2025-01-31', outcome: 'failed', rows: 0, error: 'TemplateError: no such column' };
      expect(await handle.result()).toEqual({ partition: '2025-01-31', days: [failure] });
      const query = `WorkflowType = "dailyMetrics" AND LlmaRunKind = "daily" AND LlmaFailed > 0 AND LlmaPartition = "2025-01-31"`;
      await waitFor('the search', async () => (await tests.client.workflow.count(query)).count === 1);
    });
  });

  it('takes the day before its scheduled time, however late it starts', async () => {
    const scheduledAt = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);
    const result = await tests.run(new FakePipeline(), async () => {
      const handle = await tests.client.workflow.start('dailyMetrics', {
        taskQueue: TASK_QUEUE,
        workflowId: 'scheduled-long-ago',
        typedSearchAttributes: [{ key: scheduledAt, value: new Date('2025-03-01T06:00:00Z') }],
      });
      return (await handle.result()) as unknown;
    });
    expect(result).toMatchObject({ partition: '2025-02-28' });
  });

  it('of a schedule that is triggered, or made up for, takes the day before', async () => {
    const pipeline = new FakePipeline();
    await tests.run(pipeline, async () => {
      const schedule = await tests.client.schedule.create({
        scheduleId: 'daily',
        spec: { calendars: [{ hour: 6 }] },
        policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
        action: {
          type: 'startWorkflow',
          workflowType: 'dailyMetrics',
          taskQueue: TASK_QUEUE,
          workflowId: 'daily-metrics',
          args: [],
        },
      });
      try {
        await schedule.trigger();
        await waitFor('yesterday', () => pipeline.visible.has(previousDay(today())));
        await schedule.backfill({ start: new Date('2025-03-01T05:59:59Z'), end: new Date('2025-03-02T06:00:01Z') });
        await waitFor('both days', () => pipeline.visible.has('2025-02-28') && pipeline.visible.has('2025-03-01'));
      } finally {
        await schedule.delete();
      }
    });
    expect(pipeline.visible.size).toBe(3);
  });

  it('before the first day that may be computed skips it and says why', async () => {
    const pipeline = new FakePipeline({ LLMA_PARTITION_START_DATE: today() });
    const result = await tests.run(pipeline, async () => (await tests.daily()).result());
    expect(result.days).toEqual([
      {
        partition: previousDay(today()),
        outcome: 'skipped',
        rows: 0,
        error: `before partition_start_date ${today()}`,
      },
    ]);
    expect(pipeline.inserts.size).toBe(0);
  });
});

describe('input that can not be used', () => {
  it.each([
    ['dailyMetrics', { partition: '2025-02-30' }, 'there is no such day'],
    ['dailyMetrics', { partition: 20250201 }, 'partition 20250201'],
    ['dailyMetrics', { day: '2025-02-01' }, 'dailyMetrics takes {"partition": "2026-01-31"}'],
    ['dailyMetrics', '2025-02-01', 'dailyMetrics takes {"partition": "2026-01-31"}'],
    ['dailyMetrics', { partition: today() }, 'today is not over yet'],
    ['dailyMetrics', { partition: '2019-12-31' }, 'LLMA_PARTITION_START_DATE'],
    ['backfillMetrics', { from: '2025-01-02', to: '2025-01-01' }, 'from 2025-01-02 is after to 2025-01-01'],
    ['backfillMetrics', { to: '2099-01-01' }, 'it lies in the future'],
    ['backfillMetrics', { from: '1999-01-01' }, 'before partition_start_date 2020-01-01'],
    ['backfillMetrics', { from: '01.02.2025' }, 'expected a UTC day like "2026-01-31"'],
    ['backfillMetrics', { maxPartitionsPerRun: 0 }, 'maxPartitionsPerRun'],
    ['backfillMetrics', { concurrency: 65 }, 'concurrency'],
    [
      'backfillMetrics',
      { metrics: ['event_count'] },
      'there is no template "event_count" (did you mean event_counts?); known are',
    ],
    ['backfillMetrics', { order: 'random' }, 'order'],
    ['backfillMetrics', [], 'backfillMetrics takes'],
    ['backfillMetrics', 'all', 'backfillMetrics takes'],
    ['backfillMetrics', { continued: {} }, 'continued'],
  ])('%s %j fails at once with a sentence', async (type, input, message) => {
    const pipeline = new FakePipeline();
    await tests.run(pipeline, async () => {
      const error: unknown = await (await tests.start(type, input)).result().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'WorkflowFailedError' });
      // The activity's failure below the workflow's.
      const reason = (error as { cause: { cause?: Error } }).cause.cause ?? (error as Error).cause;
      expect(reason).toMatchObject({ type: 'InvalidInput', message: expect.stringContaining(message) as string });
    });
    expect(pipeline.log).toEqual([]);
  });
});
