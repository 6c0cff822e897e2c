/** What parts vouch for is not summed up; what they can't vouch for is. */
import { beforeEach, expect, test } from 'vitest';
import type { Database, QueryOptions } from '../../clickhouse/database.js';
import { withDatabase } from '../support/activity-harness.js';
import { publish } from '../support/publishers.js';
import { liveRows, parts } from '../support/tables.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const [DAY, OTHER] = ['2026-03-10', '2026-03-20'];
const SMALL_BLOCKS = { max_block_size: '1', min_insert_block_size_rows: '1', min_insert_block_size_bytes: '0' };

beforeEach(async () => {
  for (const day of [DAY, OTHER]) await appendVersion(harness, { day, version: 1, rows: 3 });
});

/** A connection that keeps what is asked, and answers otherwise where it is told to. */
function listening(answer: (sql: string) => unknown[] | undefined = () => undefined) {
  const asked: string[] = [];
  const database: Database = {
    ...harness.database,
    async select<Row>(sql: string, options?: QueryOptions): Promise<Row[]> {
      asked.push(sql);
      return (answer(sql) as Row[] | undefined) ?? (await harness.database.select<Row>(sql, options));
    },
  };
  return { database, sums: () => asked.filter((sql) => sql.includes('AS checksum')).length };
}

test('what the last publish has left is summed up by nobody, for as long as it is there', async () => {
  const first = listening();
  const { shown } = await publish(harness, DAY, first);
  // Of an empty month its parts say all.
  expect(first.sums()).toBe(0);

  const unknown = listening();
  expect(await publish(harness, DAY, unknown)).toMatchObject({ rows: 6, changed: [] });
  // Live and staged: nobody knows what is visible.
  expect(unknown.sums()).toBe(2);

  await appendVersion(harness, { day: OTHER, version: 2, rows: 3 });
  const second = listening();
  const next = await publish(harness, DAY, { ...second, shown });
  expect(next).toMatchObject({ rows: 6, changed: [OTHER] });
  expect(second.sums()).toBe(0);

  await harness.command(`ALTER TABLE llma_metrics_daily DELETE WHERE date = '${DAY}' SETTINGS mutations_sync = 2`);
  const third = listening();
  const { shown: remembered } = next;
  expect(await publish(harness, DAY, { ...third, shown: remembered })).toMatchObject({ rows: 6, changed: [DAY] });
  expect(third.sums()).toBe(2);
});

test('a publish that another one followed knows by the parts that it knows nothing', async () => {
  const { shown } = await publish(harness, DAY);
  await appendVersion(harness, { day: OTHER, version: 2, rows: 3 });
  await publish(harness, DAY);
  await appendVersion(harness, { day: DAY, version: 2, rows: 3 });
  const later = listening();
  expect(await publish(harness, DAY, { ...later, shown })).toMatchObject({ changed: [DAY] });
  expect(later.sums()).toBe(2);
});

test('parts that were merged before they were verified: the rows decide', async () => {
  const { command } = harness.database;
  const database: Database = {
    ...harness.database,
    async command(sql, options) {
      if (!/INSERT INTO \S*llma_pub_/.test(sql)) return await command(sql, options);
      await command(`SYSTEM STOP MERGES ${/INSERT INTO (\S+)/.exec(sql)?.[1]}`);
      return await command(sql, { ...options, settings: { ...options?.settings, ...SMALL_BLOCKS } });
    },
  };
  const onStep = async (step: string) => {
    if (step !== 'verify') return;
    expect(await parts(harness, 'llma_metrics_daily')).toBeGreaterThan(1);
    await harness.command('OPTIMIZE TABLE llma_metrics_daily FINAL');
  };
  const result = await publish(harness, DAY, { database, onStep });
  expect(result).toMatchObject({ rows: 6, changed: [DAY, OTHER] });
  expect(result.shown).toBeUndefined();
  expect(await liveRows(harness)).toHaveLength(6);
});

test('another value, written in the moment of the swap, is found: as many rows are not the same rows', async () => {
  const meddle = (step: string) =>
    step === 'verify'
      ? harness.command(
          `ALTER TABLE llma_metrics_daily UPDATE metric_value = 9 WHERE date = '${OTHER}' SETTINGS mutations_sync = 2`,
        )
      : undefined;
  await expect(publish(harness, DAY, { onStep: meddle })).rejects.toThrow(`${OTHER} is not what was swapped in`);
  expect(await publish(harness, DAY)).toMatchObject({ rows: 6 });
});

test('whoever sees no parts looks at the rows, and finds what was done to them', async () => {
  const blind = listening((sql) => (sql.includes('system.parts') ? [] : undefined));
  const meddle = (step: string) =>
    step === 'verify' ? harness.command(`INSERT INTO llma_metrics_daily VALUES ('${OTHER}', 9, 'x', 1)`) : undefined;
  await expect(publish(harness, DAY, { ...blind, onStep: meddle })).rejects.toThrow(
    `${OTHER} is not what was swapped in`,
  );
  const result = await publish(harness, DAY, blind);
  expect(result).toMatchObject({ rows: 6, changed: [DAY, OTHER] });
  expect(await liveRows(harness)).toHaveLength(6);
  expect(result.shown).toBeUndefined();
});

test('whoever sees no parts takes states away that no day has any more', async () => {
  const blind = listening((sql) => (sql.includes('system.parts') ? [] : undefined));
  for (const day of [DAY, OTHER]) await appendVersion(harness, { day, version: 2, ids: 5 });
  await publish(harness, DAY, { ...blind, states: true });
  const states = () => harness.select('SELECT toString(date) AS date FROM llma_metrics_states ORDER BY date');
  expect(await states()).toEqual([{ date: DAY }, { date: OTHER }]);
  for (const day of [DAY, OTHER]) await appendVersion(harness, { day, version: 3, rows: 3 });
  const result = await publish(harness, DAY, { ...blind, states: true });
  expect(result).toMatchObject({ rows: 6, changed: [DAY, OTHER] });
  expect(await states()).toEqual([]);
});

test('a worker that does not know yet whether there are states claims a table for them, and does not begin twice', async () => {
  await appendVersion(harness, { day: DAY, version: 2, ids: 5 });
  const { database } = harness;
  const { command } = database;
  const created: string[] = [];
  Object.assign(database, {
    command: (sql: string, options?: QueryOptions) => {
      if (sql.includes('CREATE TABLE')) created.push(/CREATE TABLE (\S+)/.exec(sql)?.[1] ?? '');
      return command(sql, options);
    },
  });
  try {
    await harness.run('publishMonthPartition', { month: '202603' as never });
  } finally {
    Object.assign(database, { command });
  }
  expect(created.map((name) => name.endsWith('_states`'))).toEqual([true, false]);
});

test('the first states of all, accepted after its claim: it does not publish the rows that belong to them without them', async () => {
  let accepted = false;
  const onStep = async (step: string) => {
    if (step !== 'build' || accepted) return;
    accepted = true;
    await appendVersion(harness, { day: DAY, version: 2, ids: 5 });
  };
  const visible: string[] = [];
  const look = async (step: string) => {
    await onStep(step);
    if (step !== 'verify') return;
    const [row] = await harness.select<{ seen: string }>(
      `SELECT concat(toString((SELECT max(metric_value) FROM llma_metrics_daily)), ' with ', toString((SELECT count() FROM llma_metrics_states)), ' states') AS seen`,
    );
    visible.push(row?.seen ?? '');
  };
  expect(await publish(harness, DAY, { onStep: look })).toMatchObject({ hasStates: true });
  expect(visible).toEqual(['2 with 1 states']);
});
