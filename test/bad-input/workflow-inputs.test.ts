import { describe, expect, test } from 'vitest';
import { readSettings, type ReadSettingsInput } from '../../activities/read-settings.js';
import { parseMonth } from '../../config/partition.js';
import { activityDeps } from '../support/activity-deps.js';
import { failureOf } from '../support/pipeline.js';

/** Today is 2026-06-15. */
async function refusal(kind: ReadSettingsInput['kind'], input: unknown): Promise<string> {
  const { type, nonRetryable, message } = await failureOf(readSettings(activityDeps())({ kind, input }));
  expect({ type, nonRetryable }).toEqual({ type: 'InvalidInput', nonRetryable: true });
  return message;
}

describe('dailyMetrics', () => {
  const USAGE = 'dailyMetrics takes {"partition": "2026-01-31"}';

  test.each<[unknown, string]>([
    ['x', `input "x": expected an object. ${USAGE}`],
    [[], `input []: expected an object. ${USAGE}`],
    [7, `input 7: expected an object. ${USAGE}`],
    [true, `input true: expected an object. ${USAGE}`],
    [{ partition: null }, `partition null: expected a text like "2026-01-31". ${USAGE}`],
    [{ partition: 7 }, `partition 7: expected a text like "2026-01-31". ${USAGE}`],
    [{ partition: '' }, 'partition "": expected a UTC day like "2026-01-31"'],
    [{ partition: '2026-02-30' }, 'partition "2026-02-30": there is no such day; check the month\'s length'],
    [{ partition: '20260131' }, 'partition "20260131": expected a UTC day like "2026-01-31"'],
    [
      { partition: '2026-06-15' },
      'partition 2026-06-15: today is not over yet; the latest possible day is 2026-06-14, which ended at 2026-06-15 00:00 UTC',
    ],
    [
      { partition: '2026-06-16' },
      'partition 2026-06-16: it lies in the future; the latest possible day is 2026-06-14, which ended at 2026-06-15 00:00 UTC',
    ],
    [
      { partition: '2024-12-31' },
      'partition 2024-12-31 is before partition_start_date 2025-01-01; set LLMA_PARTITION_START_DATE to an earlier day, or begin later',
    ],
    [{ partition: '2026-06-14', extra: 1 }, `there is no option "extra". ${USAGE}`],
    [{ date: '2026-06-14' }, `there is no option "date". ${USAGE}`],
    [{ partition: ['2026-06-14'] }, `partition ["2026-06-14"]: expected a text like "2026-01-31". ${USAGE}`],
    [{ partition: { day: 'x' } }, `partition {"day":"x"}: expected a text like "2026-01-31". ${USAGE}`],
    [{ partition: '2026-06-14T00:00:00Z' }, 'partition "2026-06-14T00:00:00Z": expected a UTC day like "2026-01-31"'],
    [
      { partition: '1969-12-31' },
      'partition "1969-12-31": expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold',
    ],
    [{ partition: '2026-06-14 ' }, 'partition "2026-06-14 ": expected a UTC day like "2026-01-31"'],
  ])('%j', async (input, said) => {
    expect(await refusal('daily', input)).toBe(said);
  });
});

describe('backfillMetrics', () => {
  const USAGE =
    'backfillMetrics takes {"from", "to", "maxPartitionsPerRun", "concurrency", "metrics", "order", "publishAnyway", "computeExpired"}, all optional';

  test.each<[unknown, string]>([
    ['x', `input "x": expected an object. ${USAGE}`],
    [[], `input []: expected an object. ${USAGE}`],
    [7, `input 7: expected an object. ${USAGE}`],
    [false, `input false: expected an object. ${USAGE}`],
    [{ from: 7 }, `from 7: expected a text like "2026-01-31". ${USAGE}`],
    [{ from: '2026-13-01' }, 'from "2026-13-01": there is no such month; expected 01 to 12'],
    [{ from: '2026-02-29' }, 'from "2026-02-29": there is no such day; check the month\'s length'],
    [
      { from: '2026-06-15' },
      'from 2026-06-15: today is not over yet; the latest possible day is 2026-06-14, which ended at 2026-06-15 00:00 UTC',
    ],
    [
      { to: '2026-06-15' },
      'to 2026-06-15: today is not over yet; the latest possible day is 2026-06-14, which ended at 2026-06-15 00:00 UTC',
    ],
    [
      { to: '2027-01-01' },
      'to 2027-01-01: it lies in the future; the latest possible day is 2026-06-14, which ended at 2026-06-15 00:00 UTC',
    ],
    [
      { from: '2024-12-31' },
      'from 2024-12-31 is before partition_start_date 2025-01-01; set LLMA_PARTITION_START_DATE to an earlier day, or begin later',
    ],
    [{ from: '2026-03-02', to: '2026-03-01' }, 'from 2026-03-02 is after to 2026-03-01: the range is empty; swap them'],
    [{ from: null }, `from null: expected a text like "2026-01-31". ${USAGE}`],
    [{ maxPartitionsPerRun: 0 }, `maxPartitionsPerRun 0: expected a whole number from 1 to 366. ${USAGE}`],
    [{ maxPartitionsPerRun: -1 }, `maxPartitionsPerRun -1: expected a whole number from 1 to 366. ${USAGE}`],
    [{ maxPartitionsPerRun: 367 }, `maxPartitionsPerRun 367: expected a whole number from 1 to 366. ${USAGE}`],
    [
      { maxPartitionsPerRun: 1000000000 },
      `maxPartitionsPerRun 1000000000: expected a whole number from 1 to 366. ${USAGE}`,
    ],
    [{ maxPartitionsPerRun: 1.5 }, `maxPartitionsPerRun 1.5: expected a whole number from 1 to 366. ${USAGE}`],
    [{ maxPartitionsPerRun: '14' }, `maxPartitionsPerRun "14": expected a whole number from 1 to 366. ${USAGE}`],
    [{ maxPartitionsPerRun: null }, `maxPartitionsPerRun null: expected a whole number from 1 to 366. ${USAGE}`],
    [{ concurrency: 0 }, `concurrency 0: expected a whole number from 1 to 64. ${USAGE}`],
    [{ concurrency: -8 }, `concurrency -8: expected a whole number from 1 to 64. ${USAGE}`],
    [{ concurrency: 65 }, `concurrency 65: expected a whole number from 1 to 64. ${USAGE}`],
    [{ concurrency: '8' }, `concurrency "8": expected a whole number from 1 to 64. ${USAGE}`],
    [{ concurrency: 2.5 }, `concurrency 2.5: expected a whole number from 1 to 64. ${USAGE}`],
    [
      { metrics: [] },
      `metrics []: expected a list of names of templates, like ["event_counts"], or nothing for all. ${USAGE}`,
    ],
    [
      { metrics: 'event_counts' },
      `metrics "event_counts": expected a list of names of templates, like ["event_counts"], or nothing for all. ${USAGE}`,
    ],
    [{ metrics: ['costs'] }, 'metrics: there is no template "costs"; known are error_rates, event_counts'],
    [
      { metrics: ['event_count', 'x'] },
      'metrics: there is no template "event_count" (did you mean event_counts?), "x"; known are error_rates, event_counts',
    ],
    [{ metrics: ['cost'] }, 'metrics: there is no template "cost"; known are error_rates, event_counts'],
    [
      { metrics: [7] },
      `metrics [7]: expected a list of names of templates, like ["event_counts"], or nothing for all. ${USAGE}`,
    ],
    [{ metrics: [''] }, 'metrics: there is no template ""; known are error_rates, event_counts'],
    [
      { metrics: {} },
      `metrics {}: expected a list of names of templates, like ["event_counts"], or nothing for all. ${USAGE}`,
    ],
    [
      { metrics: ['event_counts.sql'] },
      'metrics: there is no template "event_counts.sql"; known are error_rates, event_counts',
    ],
    [{ order: 'oldest' }, `order "oldest": expected "oldest-first" or "newest-first". ${USAGE}`],
    [{ order: 7 }, `order 7: expected "oldest-first" or "newest-first". ${USAGE}`],
    [{ form: '2026-01-01' }, `there is no option "form" (did you mean from?). ${USAGE}`],
    [{ from_date: '2026-01-01' }, `there is no option "from_date". ${USAGE}`],
    [{ partition: '2026-01-01' }, `there is no option "partition". ${USAGE}`],
    [
      { max_partitions_per_run: 3 },
      `there is no option "max_partitions_per_run" (did you mean maxPartitionsPerRun?). ${USAGE}`,
    ],
    [{ continued: {} }, `there is no option "continued". ${USAGE}`],
  ])('%j', async (input, said) => {
    expect(await refusal('backfill', input)).toBe(said);
  });
});

test.each<[unknown, string]>([
  [undefined, 'month undefined: expected year and month like "202601"'],
  [null, 'month null: expected year and month like "202601"'],
  ['', 'month "": expected year and month like "202601"'],
  ['2026-01', 'month "2026-01": expected year and month like "202601"'],
  ['202613', 'month "202613": there is no such month; expected one from "197001" to "214906"'],
  ['202600', 'month "202600": there is no such month; expected one from "197001" to "214906"'],
  [202601, 'month 202601: expected year and month like "202601"'],
  ['20261', 'month "20261": expected year and month like "202601"'],
  ['2026011', 'month "2026011": expected year and month like "202601"'],
  ['January', 'month "January": expected year and month like "202601"'],
  [['202601'], 'month ["202601"]: expected year and month like "202601"'],
  [{ month: '202601' }, 'month {"month":"202601"}: expected year and month like "202601"'],
  ['196912', 'month "196912": there is no such month; expected one from "197001" to "214906"'],
  ['214907', 'month "214907": there is no such month; expected one from "197001" to "214906"'],
  ['000001', 'month "000001": there is no such month; expected one from "197001" to "214906"'],
])('publishMonth of %j', (month, said) => {
  expect(() => parseMonth(month)).toThrow(said);
});
