import { expect, test } from 'vitest';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { withDatabase } from '../support/activity-harness.js';
import { freezeAtSql, publish } from '../support/publishers.js';
import { liveRows, markers, versionRows } from '../support/tables.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const [DAY, OTHER] = ['2026-03-10', '2026-04-10'];
const DAY_US = 86_400_000_000;
const sweep = (olderThanDays: number) => harness.run('sweepVersions', { olderThanDays });

/** A version of so many days ago. */
const ago = (days: number) => Date.now() * 1000 - days * DAY_US;

test('only what is superseded and old is deleted, and nobody sees a difference', async () => {
  for (const day of [DAY, OTHER]) {
    await appendVersion(harness, { day, version: ago(50), value: 50, rows: 3 });
    await appendVersion(harness, { day, version: ago(40), value: 40, rows: 3 });
    // The current one of this template is as old.
    await appendVersion(harness, { day, version: ago(45), value: 45, template: 'b', metric: 'n' });
    await publish(harness, day);
  }
  await appendVersion(harness, { day: OTHER, version: ago(10), value: 10 });
  await appendVersion(harness, { day: OTHER, version: ago(5), value: 5, rows: 2 });
  await publish(harness, OTHER);
  const live = await liveRows(harness);

  // Of the first day the oldest; of the other one the two oldest, while that of ten days ago is kept.
  expect(await sweep(30)).toEqual({ rows: 3 * 4 });
  expect((await versionRows(harness)).map(({ date, metric_value }) => `${date} ${metric_value}`).sort()).toEqual([
    ...[40, 40, 40, 45].map((value) => `${DAY} ${value}`),
    ...[10, 45, 5, 5].map((value) => `${OTHER} ${value}`),
  ]);
  expect((await markers(harness)).map(({ date, template }) => [date, template])).toEqual([
    [DAY, 'a'],
    [DAY, 'b'],
    [OTHER, 'a'],
    [OTHER, 'a'],
    [OTHER, 'b'],
  ]);
  expect(await unfinishedMonths(harness.database)).toEqual([]);
  expect(await publish(harness, OTHER)).toMatchObject({ changed: [] });
  expect(await liveRows(harness)).toEqual(live);
  expect(await sweep(30)).toEqual({ rows: 0 });
});

test('the only version of a day is kept, however old', async () => {
  await appendVersion(harness, { day: DAY, version: 1 });
  expect(await sweep(0)).toEqual({ rows: 0 });
  expect(await versionRows(harness)).toHaveLength(1);
});

test('a retry’s second run of the same version is superseded too', async () => {
  await appendVersion(harness, { day: DAY, version: ago(40) });
  await appendVersion(harness, { day: DAY, version: ago(40) });
  await publish(harness, DAY);
  const live = await liveRows(harness);
  await sweep(30);
  expect(await publish(harness, DAY)).toMatchObject({ changed: [] });
  expect(await liveRows(harness)).toEqual(live);
});

test('a publish whose list holds runs that were swept meanwhile begins again, and is no failure that stays', async () => {
  await appendVersion(harness, { day: DAY, version: ago(40) });
  // Before its INSERT: the list of runs is read, their rows are not.
  const { outcome, thaw } = await freezeAtSql(harness, DAY, /INSERT INTO \S*llma_pub_/);
  await appendVersion(harness, { day: DAY, version: ago(1), rows: 2 });
  expect(await sweep(30)).toEqual({ rows: 2 });
  thaw();
  const error = await outcome;
  expect(error).toMatchObject({ name: 'PublishVerifyError' });
  expect((error as Error).message).toBe('days of month 202603 were accepted meanwhile: publishing it begins again');
  expect(await publish(harness, DAY)).toMatchObject({ rows: 2, changed: [DAY] });
});
