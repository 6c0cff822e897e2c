/** A column that says when its row arrived keeps rows no longer than one with the event's own time, whoever computes it. */
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { sourceGuard } from '../../activities/retention/guard.js';
import { addDays, fromTime, parsePartition, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { liveRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
/** By the clock of this machine, which is ClickHouse's too. */
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);
const DAY = parsePartition('2026-01-01');

/** Checks something while the table of events has one more column, and may have a TTL. */
async function withColumn(column: string, check: () => Promise<void>): Promise<void> {
  await harness.command(`ALTER TABLE events ADD COLUMN ${column}`);
  try {
    await check();
  } finally {
    await harness.command('ALTER TABLE events REMOVE TTL').catch(() => undefined);
    await harness.command(`ALTER TABLE events DROP COLUMN ${column.split(' ')[0]!}`);
  }
}

/** Nothing is deleted by it before rows are merged. */
const setTtl = (ttl: string) =>
  harness.command(`ALTER TABLE events MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`);

/** How many days after DAY the first rows of a table expire. */
async function daysKept(columns: string, ttl: string): Promise<number | undefined> {
  await harness.command(`CREATE TABLE t (d DateTime, ${columns}) ENGINE = MergeTree ORDER BY d TTL ${ttl}`);
  const templates = [{ name: 'all', sql: 'SELECT d FROM t' }];
  const facts = await sourceGuard(harness.database, harness.settings)({ partition: DAY, templates });
  const expiry = await facts.expiry(DAY);
  return expiry && (expiry.at / 1000 - Date.parse(DAY)) / 86_400_000;
}

afterEach(() => harness.command('DROP TABLE IF EXISTS t SYNC'));

test('published rows stay when a TTL on MATERIALIZED now() took theirs', async () => {
  const day = ago(1);
  await withColumn('inserted_at DateTime MATERIALIZED now()', async () => {
    await addEvents(harness, { day, count: 5 });
    await pipeline.backfill([day]);
    const before = await liveRows(harness);
    expect(before).not.toEqual([]);
    await setTimeout(2000);
    await setTtl('inserted_at + INTERVAL 1 SECOND');
    await harness.command('OPTIMIZE TABLE events FINAL');
    expect(await harness.select('SELECT count() AS n FROM events')).toEqual([{ n: 0 }]);
    const failure = await failureOf(pipeline.compute([day]));
    expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
    expect(failure.message).toContain('events has TTL inserted_at + toIntervalSecond(1), so its first rows went at');
    expect(await liveRows(harness)).toEqual(before);
  });
});

describe('a column that is computed from a clock alone', () => {
  test.each([
    ['m DateTime MATERIALIZED now()', 'm + INTERVAL 30 DAY', 30],
    ["m DateTime MATERIALIZED now('UTC')", 'm + INTERVAL 30 DAY', 30],
    ['m DateTime64(3) MATERIALIZED now64(3)', 'toDateTime(m) + INTERVAL 30 DAY', 30],
    ['m DateTime MATERIALIZED nowInBlock()', 'm + INTERVAL 30 DAY', 30],
    ['m Date MATERIALIZED today()', 'm + INTERVAL 30 DAY', 30],
    ['m Date MATERIALIZED yesterday()', 'm + INTERVAL 30 DAY', 29],
    ['m Date MATERIALIZED toStartOfMonth(now())', 'm + INTERVAL 30 DAY', 30],
    ['m UInt32 MATERIALIZED toUnixTimestamp(now())', 'toDateTime(m) + INTERVAL 30 DAY', 30],
    ['m DateTime MATERIALIZED now() + INTERVAL 90 DAY', 'm', 90],
    ['n DateTime DEFAULT now(), m DateTime MATERIALIZED n', 'm + INTERVAL 30 DAY', 30],
    ['n DateTime MATERIALIZED now(), m DateTime MATERIALIZED greatest(d, n)', 'm + INTERVAL 30 DAY', 30],
  ])('%s TTL %s: its rows are kept for %d days from their event', async (columns, ttl, days) => {
    expect(await daysKept(columns, ttl)).toBe(days);
  });

  test('… a day that is kept is computed, one that is not is expired', async () => {
    await withColumn('expires_at DateTime MATERIALIZED now() + INTERVAL 90 DAY', async () => {
      await addEvents(harness, { day: ago(80), count: 5 });
      await setTtl('expires_at');
      await pipeline.backfill([ago(80)]);
      expect(await failureOf(pipeline.compute([ago(91)]))).toMatchObject({ type: 'PartitionExpired' });
    });
  });
});

describe('what else a clock, or chance, is in: nobody can tell', () => {
  test.each([
    ['m DateTime MATERIALIZED greatest(d, now())', 'm + INTERVAL 30 DAY', 'm is greatest(d, now()), which calls now()'],
    [
      'm Date MATERIALIZED if(d < 7, d, today())',
      'm + INTERVAL 30 DAY',
      'm is if(d < 7, d, today()), which calls today()',
    ],
    ['m UInt8 MATERIALIZED rand() % 30', 'd + toIntervalDay(m)', 'm is rand() % 30, which calls rand()'],
    [
      'm DateTime MATERIALIZED d + toIntervalDay(randUniform(1, 9))',
      'm',
      'm is d + toIntervalDay(randUniform(1, 9)), which calls randUniform()',
    ],
    // The server lets it through where only part of it is constant.
    ['m UInt8', 'greatest(d, toStartOfDay(now())) + INTERVAL 30 DAY', '+ toIntervalDay(30), which calls now()'],
  ])('%s TTL %s', async (columns, ttl, why) => {
    await expect(daysKept(columns, ttl)).rejects.toMatchObject({
      name: 'UnknownTtlError',
      message: expect.stringContaining(why) as unknown,
    });
  });

  test('… and a day is refused with why, and what to do', async () => {
    await withColumn('seen_at DateTime MATERIALIZED greatest(toDateTime(timestamp), now())', async () => {
      await setTtl('seen_at + INTERVAL 30 DAY');
      const failure = await failureOf(pipeline.compute([ago(91)]));
      expect(failure).toMatchObject({ type: 'RetentionUnknown', nonRetryable: true });
      expect(failure.message).toContain(
        'events has TTL seen_at + toIntervalDay(30), and seen_at is greatest(toDateTime(timestamp), now()), which calls now(): ' +
          'what that said when a row was inserted, nobody can tell; state how long rows are kept with LLMA_SOURCE_RETENTION_DAYS',
      );
    });
  });
});

test('columns that are called like clocks are none', async () => {
  const columns = 'today DateTime, `now` DateTime, m DateTime MATERIALIZED greatest(today, `now`, d)';
  expect(await daysKept(columns, 'm + INTERVAL 30 DAY')).toBe(30);
});
