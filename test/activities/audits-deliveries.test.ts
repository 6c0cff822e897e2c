import { describe, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';
const NEXT = '2026-03-11';

const RAW =
  "(SELECT *, toDate(timestamp) AS date FROM events WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}')";
const seen = (from: string) =>
  `SELECT date, team_id, 'seen' AS metric_name, toFloat64(count()) AS metric_value FROM ${from} GROUP BY date, team_id`;
const SAID = "concat(toString(events), ' events, ', toString(duplicates), ' more deliveries') AS message";

/** What audits find of two days of which the first one's events were delivered again, and what the ledger says. */
async function deliveriesOf(template: string) {
  harness.templates({
    seen: template,
    'audits/alone': `-- warning: Alone.\nSELECT ${SAID} FROM {{ deliveries }}`,
    'audits/dated': `-- warning, by date: By date.\nSELECT date, ${SAID} FROM {{ deliveries }}`,
  });
  await addEvents(harness, { day: DAY, count: 2, deliveries: 3 }, { day: DAY, team: 2 }, { day: NEXT, team: 2 });
  const computed = await pipeline.compute([DAY, NEXT]);
  await pipeline.accept(computed);
  const ledger = await harness.select(
    'SELECT source_rows AS events, duplicates FROM llma_partition_runs ORDER BY date',
  );
  return { found: computed.days.map(({ findings = [] }) => findings.map(({ message }) => message)), ledger };
}

describe('an audit knows how often a day’s events were delivered, as the ledger does', () => {
  test.each([
    ['a slice', seen('{{ llm_events }}')],
    ['a slice, by date', `-- metrics, by date: seen\n${seen('{{ llm_events }}')}`],
    ['a raw table', seen(RAW)],
  ])('of %s', async (_, template) => {
    const [first, second] = ['3 events, 4 more deliveries', '1 events, 0 more deliveries'];
    expect(await deliveriesOf(template)).toEqual({
      found: [
        [first, first],
        [second, second],
      ],
      ledger: [
        { events: 3, duplicates: 4 },
        { events: 1, duplicates: 0 },
      ],
    });
  });
});

test('it may block a day for them', async () => {
  harness.templates({
    seen: seen('{{ llm_events }}'),
    'audits/deliveries': `-- blocking: No event is delivered again.\nSELECT ${SAID} FROM {{ deliveries }} WHERE duplicates > 0`,
  });
  await addEvents(harness, { day: DAY, count: 2, deliveries: 3 });
  expect((await failureOf(pipeline.compute([DAY]))).message).toContain('\n  2 events, 4 more deliveries');
});

test('a template that counts rows of a raw table beside a slice is told of them, too', async () => {
  const counts = seen(RAW).replace("'seen'", "'ai_generation_count'");
  harness.templates({ counts, other: seen('{{ llm_events }}') });
  await addEvents(harness, { day: DAY, count: 2, deliveries: 3 });
  expect((await failureOf(pipeline.compute([DAY]))).message).toContain(
    'is 6, but the source has 2 such events; 4 deliveries of that day repeated one: count distinct ids, as uniqExact(uuid), not rows',
  );
});
