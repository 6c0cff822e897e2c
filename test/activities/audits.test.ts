import { describe, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';
const at = (date: string, template: string) => template.replace('{{ date_start }}', date);

/** What verification says about a day of these templates. */
async function verdict(templates: Record<string, string>): Promise<string> {
  harness.templates(templates);
  const failure = await failureOf(pipeline.compute([DAY]));
  expect(failure).toMatchObject({ type: 'VerificationFailed', nonRetryable: true });
  expect(failure.message).toMatch(/^partition 2026-03-10 was not accepted:[ \n]/);
  return failure.message.slice(`partition ${DAY} was not accepted: `.length);
}

describe('candidates that must not be accepted, each for its reason', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'rows of the day before',
      { days: at('2026-03-09', rowsTemplate([1, 'a', 1], [2, 'a', 1])) },
      'date_is_partition: template days returned 2 rows of 2026-03-09, which is another day',
    ],
    [
      'a key twice in one template',
      { twice: rowsTemplate([7, 'a', 1], [7, 'a', 2]) },
      'duplicate_keys: team 7 has 2 rows of metric "a", from template twice: one row a day, team and metric is expected',
    ],
    [
      'a key in two templates',
      { one: rowsTemplate([7, 'a', 1], [7, 'b', 1]), two: rowsTemplate([7, 'a', 1], [8, 'a', 1]) },
      'duplicate_keys: team 7 has 2 rows of metric "a", from template one and template two: one row a day, team and metric is expected',
    ],
    [
      'nan',
      { odd: rowsTemplate([1, 'a', 'nan']) },
      'finite_values: template odd: metric "a" of team 1 is nan, expected a finite number',
    ],
    [
      'infinity',
      { odd: rowsTemplate([1, 'a', '-inf']) },
      'finite_values: template odd: metric "a" of team 1 is -inf, expected a finite number',
    ],
    [
      'a rate above 100',
      { rates: rowsTemplate([1, 'x_rate', 101], [2, 'x_rate', 100], [3, 'x_rate', 0], [4, 'rated', 101]) },
      'rates_in_range: template rates: metric "x_rate" of team 1 is 101, expected a rate from 0 to 100',
    ],
    [
      'a rate below 0',
      { rates: rowsTemplate([1, 'x_rate', -1]) },
      'rates_in_range: template rates: metric "x_rate" of team 1 is -1, expected a rate from 0 to 100',
    ],
    [
      'no metric name: a marker must not be forged',
      { nameless: rowsTemplate([0, '', 5]) },
      'metric_named: template nameless returned 1 rows with an empty metric_name',
    ],
    [
      'a metric that the header does not name',
      { headed: `-- metrics: a, b_*\n${rowsTemplate([1, 'a', 1], [1, 'b_x', 1], [1, 'c', 1])}` },
      'sql/headed.sql returns "c", which its header "-- metrics: a, b_*" does not name: add the name there, or change the template',
    ],
  ])('%s', async (_, templates, message) => {
    expect(await verdict({ good: rowsTemplate([1, 'good', 1]), ...templates })).toBe(message);
  });
});

test('everything that is wrong is said at once', async () => {
  const said = await verdict({
    a: rowsTemplate([1, 'x', 'nan'], [1, 'x_rate', 200]),
    b: rowsTemplate([1, 'x', 1]),
  });
  expect(said.split('\n').map((line) => line.split(':')[0])).toEqual([
    'duplicate_keys',
    'finite_values',
    'rates_in_range',
  ]);
});

test('an audit shows five rows, and not five thousand', async () => {
  const rows = `SELECT toDate('{{ date_start }}') AS date, number AS team_id, 'a' AS metric_name, nan AS metric_value FROM numbers(5000)`;
  expect((await verdict({ many: rows })).split('\n')).toHaveLength(5);
});

test('a bad execution does not hold back a good one in the same candidates table', async () => {
  await addEvents(harness, { day: DAY, count: 2 });
  const candidates = await pipeline.open();
  harness.templates({ a: rowsTemplate([1, 'a', 'nan']) });
  await failureOf(pipeline.computeDay(candidates, DAY));
  harness.templates({ a: rowsTemplate([1, 'a', 1]) });
  expect(await pipeline.computeDay(candidates, DAY)).toMatchObject({ rows: 1, source: { rows: 2 } });
});

test('a good day passes all audits, at the edges too', async () => {
  harness.templates({
    edges: rowsTemplate([0, 'a', '-1e300'], [1, 'x_rate', 100], [2, 'x_rate', '0.0'], [3, 'ünïcode "quoted"', 0]),
  });
  expect((await pipeline.compute([DAY])).days[0]).toMatchObject({ rows: 4 });
});
