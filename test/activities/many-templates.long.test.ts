/** Statements that name all templates are longer than a query, or one of its parameters, may be unless it says otherwise. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);

test('150 templates with names of their own are accepted, a fortnight at once', async () => {
  const names = Array.from({ length: 150 }, (_, i) => `a_template_with_a_name_that_says_what_it_counts_${i}`);
  harness.templates(Object.fromEntries(names.map((name) => [name, rowsTemplate([1, name, 1])])));
  const days = Array.from({ length: 14 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`);
  await addEvents(harness, ...days.map((day) => ({ day })));
  expect(await pipeline.backfill(days)).toMatchObject({ rows: 14 * 150, changed: days });
});

test('400 templates are one INSERT', async () => {
  const names = Array.from({ length: 400 }, (_, i) => `t${i}`);
  harness.templates(Object.fromEntries(names.map((name) => [name, rowsTemplate([1, name, 1])])));
  await addEvents(harness, { day: '2026-03-10' });
  expect(await pipeline.backfill(['2026-03-10'])).toMatchObject({ rows: 400 });
});
