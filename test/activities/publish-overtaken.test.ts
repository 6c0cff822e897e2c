import { expect, test } from 'vitest';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { publish } from '../support/publishers.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-05';

test('what is accepted while a publish is under way becomes visible by it: whoever accepted it may be gone', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  await pipeline.computeAndAccept([DAY]);
  let late = false;
  const { changed } = await publish(harness, DAY, {
    onStep: async (step) => {
      if (step !== 'swap' || late) return;
      late = true;
      await addEvents(harness, { day: '2026-03-06', count: 2 });
      await pipeline.computeAndAccept(['2026-03-06']);
    },
  });
  expect(changed).toEqual([DAY, '2026-03-06']);
  expect(await unfinishedMonths(harness.database)).toEqual([]);
});
