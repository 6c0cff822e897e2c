import { beforeEach, expect, test } from 'vitest';
import type { RunSettings } from '../../activities/read-settings.js';
import { addDays, parsePartition, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const TODAY = parsePartition('2026-03-10');
const DAYS = [-3, -2, -1].map((days) => addDays(TODAY, days)) as [Partition, Partition, Partition];
let settings: RunSettings;

async function dirty(change: Partial<RunSettings> = {}): Promise<readonly Partition[]> {
  const { days } = await harness.run('checkLookback', { partition: TODAY, settings: { ...settings, ...change } });
  return days;
}

/** Deletes one event, with all its deliveries. */
function deleteOne(day: Partition): Promise<void> {
  return harness.command(
    'DELETE FROM events WHERE uuid = (SELECT min(uuid) FROM events WHERE toDate(timestamp) = {day:Date})',
    { day },
  );
}

beforeEach(async () => {
  // What a look-back compares are events, whatever is computed from them.
  harness.templates({ a: rowsTemplate([1, 'a', 1]), b: rowsTemplate([1, 'b', 1]) });
  settings = await harness.run('readSettings', { kind: 'daily', input: {} });
  await addEvents(
    harness,
    { day: DAYS[0], count: 3 },
    { day: DAYS[1], count: 3, deliveries: 2 },
    { day: TODAY, count: 5 },
  );
});

test('days that were never published are found; the run’s own day is not asked for', async () => {
  expect(await dirty()).toEqual(DAYS);
  expect(await dirty({ lookbackDays: 1 })).toEqual([DAYS[2]]);
  expect(await dirty({ lookbackDays: 0 })).toEqual([]);
});

test('no day before the start date is looked at', async () => {
  expect(await dirty({ partitionStartDate: DAYS[2] })).toEqual([DAYS[2]]);
  expect(await dirty({ partitionStartDate: TODAY })).toEqual([]);
});

test('published days are fine, a day without events too, until their events change', async () => {
  await pipeline.backfill(DAYS);
  expect(await dirty()).toEqual([]);
  // One more.
  await addEvents(harness, { day: DAYS[0] });
  expect(await dirty()).toEqual([DAYS[0]]);
  // The first one of a day that had none.
  await addEvents(harness, { day: DAYS[2] });
  expect(await dirty()).toEqual([DAYS[0], DAYS[2]]);
  // As many as before, but another one.
  await deleteOne(DAYS[1]);
  await addEvents(harness, { day: DAYS[1] });
  expect(await dirty()).toEqual(DAYS);
  await pipeline.backfill(DAYS);
  expect(await dirty()).toEqual([]);
  // One less.
  await deleteOne(DAYS[0]);
  expect(await dirty()).toEqual([DAYS[0]]);
});

test('neither another delivery of the same events nor an event of another kind makes a day dirty', async () => {
  await pipeline.backfill(DAYS);
  await harness.command('INSERT INTO events SELECT * FROM events');
  await addEvents(harness, ...DAYS.map((day) => ({ day, event: '$pageview', count: 4 })));
  expect(await dirty()).toEqual([]);
});

test('a day that was accepted and never became visible is found', async () => {
  await pipeline.computeAndAccept(DAYS);
  expect(await dirty()).toEqual(DAYS);
});

test('a day that was published and failed since is what it was', async () => {
  await pipeline.backfill(DAYS);
  await harness.run('recordOutcomes', { days: [{ partition: DAYS[1], status: 'failed', error: 'no' }] });
  expect(await dirty()).toEqual([]);
});

test('a source that can’t be rendered ends the run; a server that is away doesn’t', async () => {
  await harness.command('RENAME TABLE events TO away');
  const failure = await failureOf(dirty());
  await harness.command('RENAME TABLE away TO events');
  expect(failure).toMatchObject({ type: 'ClickHousePermanent', nonRetryable: true });
  expect(failure.message).toMatch(
    /^the look-back of 2026-03-10: ClickHouse 60: Unknown table expression identifier 'events'/,
  );
  const bad = await failureOf(dirty({ eventTypes: ["it's"] }));
  expect(bad).toMatchObject({ type: 'TemplateError', nonRetryable: true });
});

test('a day of which only some templates have seen the late events stays dirty', async () => {
  await pipeline.backfill(DAYS);
  await addEvents(harness, { day: DAYS[0] });
  await pipeline.backfill([DAYS[0]], { metrics: ['a'] });
  expect(await dirty()).toEqual([DAYS[0]]);
  await pipeline.backfill([DAYS[0]], { metrics: ['b'] });
  expect(await dirty()).toEqual([]);
});
