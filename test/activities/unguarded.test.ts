/** Taking guards off changes nothing where nothing goes wrong: what anomalies show is theirs alone. */
import { expect, test } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { liveRows } from '../support/tables.js';
import { unguardedActivities } from '../support/unguarded/activities.js';
import { ALL_GUARDS, NONE_OFF } from '../support/unguarded/guards.js';

const DAYS = ['2026-03-01', '2026-03-10'];

const harness = withDatabase();
// Without this one, doing a day again doubles it, whatever else happens.
const OFF = ALL_GUARDS.filter((guard) => guard !== 'oneRun');
const unguarded = withDatabase({ createActivities: unguardedActivities(new Set(OFF)) });
const pipelines = [withPipeline(harness), withPipeline(unguarded)];

test('without guards, undisturbed, the same rows become visible', async () => {
  for (const of of [harness, unguarded]) await addEvents(of, ...DAYS.map((day) => ({ day, count: 3 })));
  for (const pipeline of pipelines) expect(await pipeline.backfill(DAYS)).toMatchObject({ changed: DAYS });
  expect(await liveRows(unguarded)).toEqual(await liveRows(harness));
  for (const pipeline of pipelines) await pipeline.backfill(DAYS);
  expect(await liveRows(unguarded)).toEqual(await liveRows(harness));
});

test('with every guard on, the activities are the product’s own', () => {
  expect(unguardedActivities(NONE_OFF)).toBe(createActivities);
});
