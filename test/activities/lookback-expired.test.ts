import { expect, test } from 'vitest';
import { sourceGuard } from '../../activities/retention/guard.js';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { checkSource } from '../../scripts/doctor/source.js';
import { TemplateError } from '../../templates/errors.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const harness = withDatabase();
const rowsOf = (name: string, value: string) =>
  `SELECT date, team_id, '${name}' AS metric_name, ${value} AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;
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

test('a template that ClickHouse can’t parse ends no look-back: the others tell which days have expired', async () => {
  const settings = await harness.run('readSettings', { kind: 'daily', input: {} });
  const lookback = async () =>
    (await harness.run('checkLookback', { partition: ago(0), settings: { ...settings, lookbackDays: 3 } })).days;
  harness.templates({ good: rowsOf('good', 'count()'), bad: rowsOf('bad', 'count() OVER > 3') });
  await addEvents(harness, { day: ago(3), count: 2 }, { day: ago(1), count: 2 });
  await harness.command(
    'ALTER TABLE events MODIFY TTL toDateTime(timestamp) + INTERVAL 2 DAY SETTINGS materialize_ttl_after_modify = 0',
  );
  await harness.run('recordOutcomes', { days: [{ partition: ago(3), status: 'expired', error: 'x' }] });
  expect(await lookback()).toEqual([ago(2), ago(1)]);
  await harness.command('ALTER TABLE events REMOVE TTL');
  expect(await lookback()).toEqual([ago(3), ago(2), ago(1)]);
});

test('the doctor leaves such a template to the check that names it', async () => {
  const sqlDir = temporaryDirectory({ 'bad.sql': rowsOf('bad', 'count() OVER > 3') });
  expect(await checkSource({ ...harness.settings, sqlDir }, harness.database)).toEqual([]);
  const asked = { partition: ago(1), templates: [{ name: 'bad', sql: 'SELECT count() OVER > 3 FROM events' }] };
  const error = await sourceGuard(harness.database, harness.settings)(asked).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TemplateError);
  expect((error as Error).message).toMatch(/^sql\/bad\.sql: ClickHouse 62: Syntax error/);
});
