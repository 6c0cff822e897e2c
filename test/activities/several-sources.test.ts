/** Events of several sources, and what a source can't decide: the day and the name of its events, and that an id is one event. */
import { describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [FIRST, SECOND] = ['2026-03-10', '2026-03-11'] as const;
const { source: SHIPPED = '' } = loadCatalogue({ sqlDir: packageFile('sql') }).sources[0] ?? {};
const counts = `-- metrics, by date: *
SELECT date, team_id, concat(source, substring(event, 2)) AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} GROUP BY ALL`;
/** The shipped source, of other ids. */
const withIds = (id: string) => SHIPPED.replace('toString(events.uuid)', id);

const live = async () =>
  (
    await harness.select<{ row: string }>(
      `SELECT concat(toString(d.date), ' ', metric_name, ' ', toString(metric_value)) AS row FROM llma_metrics_daily AS d ORDER BY row`,
    )
  ).map(({ row }) => row);

describe('two sources', () => {
  test('that have the same ids are refused by name: nobody knows whether these are two events or one', async () => {
    await addEvents(harness, { day: FIRST, count: 3 });
    harness.templates({ counts, 'sources/first': SHIPPED, 'sources/second': SHIPPED });
    const failure = await failureOf(pipeline.decode([FIRST]));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(
      /sources\/first\.sql and \S+sources\/second\.sql have 3 event ids in common, such as "[0-9a-f-]{36}" of team 1: an id is one event/,
    );
    expect(failure.message).toContain(`concat('first-', …) AS event_id`);
  });

  test('whose events have ids of their own all count, under the names of their files', async () => {
    await addEvents(harness, { day: FIRST, count: 3, deliveries: 2 });
    harness.templates({
      counts,
      'sources/first': SHIPPED,
      'sources/second': withIds("concat('2-', toString(events.uuid))"),
    });
    await pipeline.backfill([FIRST]);
    expect(await live()).toEqual([`${FIRST} firstai_generation 3`, `${FIRST} secondai_generation 3`]);
  });
});

describe('a source that names the days of another time zone', () => {
  // An event an hour: some of each day are of the day before in New York.
  const text = SHIPPED.replace(
    "toDate(events.timestamp, 'UTC') AS date",
    "toDate(events.timestamp, 'America/New_York') AS date",
  );

  test.each([
    ['together', [[FIRST, SECOND]]],
    ['alone', [[FIRST], [SECOND]]],
  ])('loses none: computed %s, its events are of their days in UTC', async (_, chunks) => {
    await addEvents(harness, { day: FIRST, count: 24 }, { day: SECOND, count: 24 });
    harness.templates({ counts, 'sources/s': text });
    for (const chunk of chunks) await pipeline.backfill(chunk);
    expect(await live()).toEqual([FIRST, SECOND].map((day) => `${day} sai_generation 24`));
  });
});
