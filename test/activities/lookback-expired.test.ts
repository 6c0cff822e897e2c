import { expect, test } from 'vitest';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';

const harness = withDatabase();
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);

test('the look-back finds an expired day once, and again when its TTL is gone', async () => {
  const settings = await harness.run('readSettings', { kind: 'daily', input: {} });
  const partition = ago(0);
  const lookback = async () =>
    (await harness.run('checkLookback', { partition, settings: { ...settings, lookbackDays: 3 } })).days;
  await addEvents(harness, { day: ago(3), count: 2 }, { day: ago(1), count: 2 });
  await harness.command(
    'ALTER TABLE events MODIFY TTL toDateTime(timestamp) + INTERVAL 2 DAY SETTINGS materialize_ttl_after_modify = 0',
  );
  expect(await lookback()).toEqual([ago(3), ago(2), ago(1)]);
  await harness.run('recordOutcomes', {
    days: [3, 2].map((days) => ({ partition: ago(days), status: 'expired' as const, error: 'x' })),
  });
  expect(await lookback()).toEqual([ago(1)]);
  await harness.command('ALTER TABLE events REMOVE TTL');
  expect(await lookback()).toEqual([ago(3), ago(2), ago(1)]);
});
