import { describe, expect, test } from 'vitest';
import { readSettings, type ReadSettingsInput } from '../../activities/read-settings.js';
import { activityDeps } from '../support/activity-deps.js';
import { failureOf } from '../support/pipeline.js';

const read = (kind: ReadSettingsInput['kind'], input: unknown, environment: Record<string, string> = {}) =>
  readSettings(activityDeps({ environment }))({ kind, input });

const DEFAULTS = {
  partitionStartDate: '2025-01-01',
  maxPartitionsPerRun: 14,
  concurrency: 8,
  order: 'oldest-first',
  eventTypes: ['$ai_trace', '$ai_generation', '$ai_span', '$ai_embedding'],
  lookbackDays: 3,
  historyDays: 30,
  deduplicate: true,
  maxExecutionSeconds: 1800,
};

describe('what a run works with', () => {
  test('a daily run: the configuration', async () => {
    for (const input of [undefined, null, {}, { partition: '2026-06-14' }]) {
      expect(await read('daily', input)).toEqual(DEFAULTS);
    }
  });

  test('a backfill: without a range from the start date to yesterday', async () => {
    for (const input of [undefined, null, {}]) {
      expect(await read('backfill', input)).toEqual({ ...DEFAULTS, from: '2025-01-01', to: '2026-06-14' });
    }
  });

  test('a backfill’s own options win over the configuration', async () => {
    const environment = {
      LLMA_METRICS: 'event_counts',
      LLMA_CONCURRENCY: '2',
      LLMA_MAX_PARTITIONS_PER_RUN: '5',
      LLMA_PARTITION_START_DATE: '2026-01-01',
      LLMA_EVENT_TYPES: 'ai_span',
    };
    const options = {
      from: '2026-02-28',
      to: '2026-02-28',
      maxPartitionsPerRun: 366,
      concurrency: 64,
      metrics: ['error_rates'],
      order: 'newest-first',
    };
    const common = { partitionStartDate: '2026-01-01', eventTypes: ['$ai_span'] };
    expect(await read('backfill', options, environment)).toEqual({ ...DEFAULTS, ...common, ...options });
    expect(await read('backfill', {}, environment)).toMatchObject({
      from: '2026-01-01',
      metrics: ['event_counts'],
      concurrency: 2,
      maxPartitionsPerRun: 5,
    });
  });

  test('they are plain JSON without secrets: they stand in the history', async () => {
    const settings = await read('backfill', {}, { CLICKHOUSE_PASSWORD: 'hunter2', TEMPORAL_API_KEY: 'tmprl-key' });
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    expect(JSON.stringify(settings)).not.toMatch(/hunter2|tmprl-key/);
  });
});

const DAILY = 'dailyMetrics takes {"partition": "2026-01-31"}';
const BACKFILL =
  'backfillMetrics takes {"from", "to", "maxPartitionsPerRun", "concurrency", "metrics", "order", "publishAnyway", "computeExpired"}, all optional';
const NAMES = 'expected a list of names of templates, like ["event_counts"], or nothing for all';
const LATEST = 'the latest possible day is 2026-06-14, which ended at 2026-06-15 00:00 UTC';
const START = 'set LLMA_PARTITION_START_DATE to an earlier day, or begin later';

describe('bad input ends the run, and says what to do', () => {
  test.each<[unknown, string]>([
    [{ partition: '2026-02-29' }, 'partition "2026-02-29": there is no such day; check the month\'s length'],
    [{ partition: '31.1.2026' }, 'partition "31.1.2026": expected a UTC day like "2026-01-31"'],
    [{ partition: '' }, 'partition "": expected a UTC day like "2026-01-31"'],
    [{ partition: '2026-06-15' }, `partition 2026-06-15: today is not over yet; ${LATEST}`],
    [{ partition: '2026-06-16' }, `partition 2026-06-16: it lies in the future; ${LATEST}`],
    [{ partition: '2024-12-31' }, `partition 2024-12-31 is before partition_start_date 2025-01-01; ${START}`],
    [{ partition: 20260131 }, `partition 20260131: expected a text like "2026-01-31". ${DAILY}`],
    [{ day: '2026-01-31' }, `there is no option "day". ${DAILY}`],
    ['2026-01-31', `input "2026-01-31": expected an object. ${DAILY}`],
    [['2026-01-31'], `input ["2026-01-31"]: expected an object. ${DAILY}`],
  ])('dailyMetrics %j', async (input, message) => {
    expect(await failureOf(read('daily', input))).toEqual({ type: 'InvalidInput', nonRetryable: true, message });
  });

  test.each<[unknown, string]>([
    [{ from: '2026-04-31' }, 'from "2026-04-31": there is no such day; check the month\'s length'],
    [{ to: 'today' }, 'to "today": expected a UTC day like "2026-01-31"'],
    [{ to: '2026-06-15' }, `to 2026-06-15: today is not over yet; ${LATEST}`],
    [{ from: '2026-07-01', to: '2026-07-31' }, `from 2026-07-01: it lies in the future; ${LATEST}`],
    [{ from: '2024-12-31' }, `from 2024-12-31 is before partition_start_date 2025-01-01; ${START}`],
    [{ from: '2026-02-02', to: '2026-02-01' }, 'from 2026-02-02 is after to 2026-02-01: the range is empty; swap them'],
    [{ concurrency: 0 }, `concurrency 0: expected a whole number from 1 to 64. ${BACKFILL}`],
    [{ concurrency: 65 }, `concurrency 65: expected a whole number from 1 to 64. ${BACKFILL}`],
    [{ concurrency: '8' }, `concurrency "8": expected a whole number from 1 to 64. ${BACKFILL}`],
    [{ maxPartitionsPerRun: 1.5 }, `maxPartitionsPerRun 1.5: expected a whole number from 1 to 366. ${BACKFILL}`],
    [{ order: 'oldest' }, `order "oldest": expected "oldest-first" or "newest-first". ${BACKFILL}`],
    [{ metrics: [] }, `metrics []: ${NAMES}. ${BACKFILL}`],
    [{ metrics: 'event_counts' }, `metrics "event_counts": ${NAMES}. ${BACKFILL}`],
    [
      { metrics: ['event_counts', 'costs', 'x'] },
      'metrics: there is no template "costs", "x"; known are error_rates, event_counts',
    ],
    [
      { form: '2026-01-01', concurrency: 0 },
      `concurrency 0: expected a whole number from 1 to 64; there is no option "form" (did you mean from?). ${BACKFILL}`,
    ],
  ])('backfillMetrics %j', async (input, message) => {
    expect(await failureOf(read('backfill', input))).toEqual({ type: 'InvalidInput', nonRetryable: true, message });
  });

  test('a start date that has not come yet', async () => {
    const environment = { LLMA_PARTITION_START_DATE: '2026-06-15' };
    expect((await failureOf(read('backfill', {}, environment))).message).toBe(
      `from 2026-06-15: today is not over yet; ${LATEST}`,
    );
  });

  test('an allow-list with a name that no template has, of both kinds of run', async () => {
    const environment = { LLMA_METRICS: 'event_counts,costs' };
    for (const kind of ['daily', 'backfill'] as const) {
      expect(await failureOf(read(kind, {}, environment))).toEqual({
        type: 'InvalidInput',
        nonRetryable: true,
        message: 'metrics: there is no template "costs"; known are error_rates, event_counts',
      });
    }
    // What the run asks for itself is all that counts.
    expect(await read('backfill', { metrics: ['error_rates'] }, environment)).toMatchObject({
      metrics: ['error_rates'],
    });
  });

  test('no templates at all', async () => {
    const deps = activityDeps({ sql: {} });
    const failure = await failureOf(readSettings(deps)({ kind: 'backfill', input: { metrics: ['x'] } }));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(/^there are no metric templates: looked for \*\.sql in .*\/sql \(LLMA_SQL_DIR\)$/);
  });
});
