import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-05';

const counting = (factor: number): Readonly<Record<string, string>> => ({
  calls: `SELECT date, team_id, 'calls' AS metric_name, ${factor} * count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
});

test('one worker renders, others with another sql/ do the rest: rows and recorded hash are those of the SQL that ran', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  harness.templates(counting(10));
  const { templates } = await pipeline.render(DAY);
  const beforeVerify = () => Promise.resolve(harness.templates(counting(1000)));
  await pipeline.backfill([DAY], { beforeVerify });

  const [row] = await harness.select<{ value: number; hash: string }>(
    `SELECT metric_value AS value, s.templates['calls'] AS hash FROM llma_metrics_daily AS d
     JOIN llma_partition_status AS s ON s.date = d.date`,
  );
  expect(row).toEqual({ value: 30, hash: templates[0]?.hash });
  expect((await pipeline.render(DAY)).templates[0]?.hash).not.toBe(row?.hash);
});
