/** Templates that are computed alone: a day is judged as it would be, with the rows of the others. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';

test('a numerator may be computed without its denominator: the day’s other templates count too', async () => {
  const whole = rowsTemplate([1, 'x_count', 4]);
  harness.templates({ whole, part: rowsTemplate([1, 'x_bad_count', 4], [1, 'x_bad_rate', 100]) });
  await pipeline.backfill([DAY]);
  harness.templates({ whole, part: rowsTemplate([1, 'x_bad_count', 5], [1, 'x_bad_rate', 100]) });
  const failure = await failureOf(pipeline.compute([DAY], { metrics: ['part'] }));
  expect(failure.message).toContain(
    'team 1: "x_bad_count" is 5, and "x_count" is 4; "x_count" is of an earlier computation: compute both templates together, "llma backfill --metrics part,whole"',
  );
  // Whichever of the two is the older one.
  harness.templates({ whole: rowsTemplate([1, 'x_count', 3]), part: rowsTemplate([1, 'x_bad_count', 5]) });
  expect((await failureOf(pipeline.compute([DAY], { metrics: ['whole'] }))).message).toContain(
    '"x_bad_count" is 4, and "x_count" is 3; "x_bad_count" is of an earlier computation: compute both templates together, "llma backfill --metrics part,whole"',
  );
});

test('a numerator above a denominator that was computed with it is no matter of when', async () => {
  const other = rowsTemplate([1, 'other', 1]);
  const whole = rowsTemplate([1, 'x_count', 4]);
  harness.templates({ other, whole, part: rowsTemplate([1, 'x_bad_count', 5], [1, 'x_bad_rate', 100]) });
  await pipeline.backfill([DAY], { metrics: ['other'] });
  const { message } = await failureOf(pipeline.compute([DAY], { metrics: ['whole', 'part'] }));
  expect(message).toMatch(/"x_bad_count" is 5, and "x_count" is 4$/);
});

test('what the message says about the shipped ones, when late errors had arrived, mends it', async () => {
  const error = { day: DAY, properties: { $ai_is_error: true } };
  await addEvents(harness, error);
  await pipeline.backfill([DAY]);
  await addEvents(harness, error, error);
  const { message } = await failureOf(pipeline.compute([DAY], { metrics: ['error_rates'] }));
  const metrics = /"llma backfill --metrics (\S+)"/.exec(message)?.[1]?.split(',');
  expect(metrics).toEqual(['error_rates', 'event_counts']);
  expect(await pipeline.backfill([DAY], { metrics: metrics! })).toMatchObject({ changed: [DAY] });
});
