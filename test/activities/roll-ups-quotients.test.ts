/** Rates and means of weeks and months: made of parts that are of their own days, or not there. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [MONDAY, TUESDAY] = ['2026-03-09', '2026-03-10'];

type Values = Readonly<Record<string, number>>;

/** What a template of one's own says of Monday and of Tuesday, and the week of its rate or mean. */
test.each<[string, Values, Values, string, number | undefined]>([
  ['a rate without its count', { x_count: 4, x_y_rate: 50 }, { x_count: 4, x_y_rate: 25 }, 'x_y_rate', undefined],
  ['a mean without its sum', { x_count: 4, x_mean: 2 }, { x_count: 4, x_mean: 3 }, 'x_mean', undefined],
  [
    'a rate with its count on one day',
    { x_count: 4, x_y_rate: 50, x_y_count: 2 },
    { x_count: 4, x_y_rate: 25 },
    'x_y_rate',
    undefined,
  ],
  [
    'a mean with its sum on one day',
    { x_count: 4, x_mean: 2, x_sum: 8 },
    { x_count: 4, x_mean: 3 },
    'x_mean',
    undefined,
  ],
  [
    'a rate of one day with its count on two',
    { x_count: 4, x_y_rate: 50, x_y_count: 2 },
    { x_y_count: 2 },
    'x_y_rate',
    undefined,
  ],
  ['a mean of one day with its sum on two', { x_count: 4, x_mean: 2, x_sum: 8 }, { x_sum: 8 }, 'x_mean', undefined],
  // A count of zero has no row.
  [
    'a rate of zero on one day',
    { x_count: 4, x_y_rate: 50, x_y_count: 2 },
    { x_count: 6, x_y_rate: 0 },
    'x_y_rate',
    20,
  ],
  ['a rate of zero on both days', { x_count: 4, x_y_rate: 0 }, { x_count: 4, x_y_rate: 0 }, 'x_y_rate', 0],
  ['a mean of zero on one day', { x_count: 4, x_mean: 2, x_sum: 8 }, { x_count: 4, x_mean: 0 }, 'x_mean', 1],
  ['a mean of below zero', { x_count: 4, x_mean: -2, x_sum: -8 }, { x_count: 4, x_mean: -1 }, 'x_mean', undefined],
  [
    'a rate that is zero but for rounding',
    { x_count: 1e5, x_y_rate: 0, x_y_count: 4 },
    { x_count: 4, x_y_rate: 50, x_y_count: 2 },
    'x_y_rate',
    0.01,
  ],
  ['all parts on both days', { x_count: 4, x_mean: 2, x_sum: 8 }, { x_count: 4, x_mean: 4, x_sum: 16 }, 'x_mean', 3],
])('of %s: the number of the period, or none', async (_, monday, tuesday, metric, value) => {
  const rows = (values: Values) =>
    `[${Object.entries(values)
      .map(([name, of]) => `('${name}', ${of})`)
      .join()}]`;
  harness.templates({
    own: `-- metrics, by date: x_*
      SELECT date, team_id, metric.1 AS metric_name, metric.2 AS metric_value
      FROM (SELECT DISTINCT date, team_id FROM {{ llm_events }})
      ARRAY JOIN CAST(if(date = '${MONDAY}', ${rows(monday)}, ${rows(tuesday)}), 'Array(Tuple(String, Float64))') AS metric`,
  });
  await addEvents(harness, { day: MONDAY, count: 1 }, { day: TUESDAY, count: 1 });
  await pipeline.backfill([MONDAY, TUESDAY]);
  for (const view of ['weekly', 'monthly']) {
    const found = await harness.select(
      `SELECT metric_value, days FROM llma_metrics_${view} WHERE metric_name = {metric:String}`,
      { metric },
    );
    expect(found, view).toEqual(value === undefined ? [] : [{ metric_value: value, days: 2 }]);
  }
});
