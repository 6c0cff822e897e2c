import { describe, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';

test('a day: each template’s rows, the source’s own numbers, and where they come from', async () => {
  await addEvents(
    harness,
    { day: DAY, count: 5 },
    { day: DAY, count: 2, team: 2, event: '$ai_trace', deliveries: 3 },
    { day: DAY, count: 7, event: '$pageview' },
    { day: '2026-03-09', count: 11 },
    { day: '2026-03-11', count: 13 },
  );
  const { candidates, days } = await pipeline.compute([DAY]);
  const [day] = days;
  expect(day).toMatchObject({
    partition: DAY,
    rows: 4,
    templateRows: { error_rates: 2, event_counts: 2 },
    lateRows: 0,
    source: { rows: 7, duplicates: 4 },
  });
  console.log(day);
  console.log(await harness.select(`SELECT * FROM ${candidates}`));
});
