/** A TTL is found in whatever way its table is written; what can't be understood is never taken for a table without one. */
import { afterEach, describe, expect, test } from 'vitest';
import { sourceGuard } from '../../activities/retention/guard.js';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
/** By the clock of this machine, which is ClickHouse's too. */
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);
const OLD = ago(91);
const DAY = fromTime(Date.parse('2026-01-01'));

/** How many days after DAY the first rows that a query reads expire, and by what. */
async function expiryOf(
  columns: string,
  rest: string,
  sql = 'SELECT * FROM t',
): Promise<{ after: number; by: string } | undefined> {
  await harness.command(`CREATE TABLE t (${columns}) ENGINE = MergeTree ${rest}`);
  const facts = await sourceGuard(
    harness.database,
    harness.settings,
  )({
    partition: DAY,
    templates: [{ name: 'all', sql }],
  });
  const expiry = await facts.expiry(DAY);
  return expiry && { after: (expiry.at / 1000 - Date.parse(DAY)) / 86_400_000, by: expiry.by };
}

afterEach(() => harness.command('DROP TABLE IF EXISTS t SYNC'));

describe('a time column that is called like a word of the language', () => {
  const NAMES =
    'comment to settings as recompress delete set group where ttl order by key and partition alias default'.split(' ');

  test.each(NAMES)('%s', async (name) => {
    const columns = `d DateTime, k UInt8, \`${name}\` DateTime, c String TTL \`${name}\` + INTERVAL 50 DAY`;
    const moved = "d + INTERVAL 1 DAY TO DISK 'default'";
    expect(
      await expiryOf(columns, `ORDER BY \`${name}\` TTL \`${name}\` + INTERVAL 30 DAY, ${moved} COMMENT 'TTL'`),
    ).toEqual({ after: 30, by: `${harness.name}.t has TTL ${name} + toIntervalDay(30)` });
    await harness.command('DROP TABLE t SYNC');
    expect(await expiryOf(columns, `ORDER BY \`${name}\``)).toMatchObject({ after: 50 });
    await harness.command('DROP TABLE t SYNC');
    expect(await expiryOf(`d DateTime, \`${name}\` DateTime`, `ORDER BY \`${name}\` COMMENT 'TTL'`)).toBeUndefined();
  });

  test.each(['ttl', 'alias', 'materialized'])('%s, of the column that is emptied', async (name) => {
    const columns = `d DateTime, \`${name}\` String TTL d + INTERVAL 30 DAY`;
    expect(await expiryOf(columns, 'ORDER BY d')).toMatchObject({ after: 30 });
  });

  test('… published rows stay when theirs are gone', async () => {
    await addEvents(harness, { day: OLD, count: 5 });
    await harness.command('ALTER TABLE events ADD COLUMN comment DateTime MATERIALIZED timestamp');
    await pipeline.backfill([OLD]);
    await harness.command('ALTER TABLE events MODIFY TTL comment + INTERVAL 30 DAY SETTINGS mutations_sync = 2');
    try {
      const failure = await failureOf(pipeline.compute([OLD]));
      expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
      expect(failure.message).toContain('events has TTL comment + toIntervalDay(30)');
    } finally {
      await harness.command('ALTER TABLE events REMOVE TTL');
      await harness.command('ALTER TABLE events DROP COLUMN comment');
    }
  });
});

test.each([
  'ttl UInt32, INDEX i ttl TYPE minmax',
  'a UInt8, INDEX ttl a TYPE minmax',
  'a UInt8, CONSTRAINT ttl CHECK a > 0',
  'a UInt8, PROJECTION ttl (SELECT a ORDER BY a)',
])('what stands among the columns has no TTL: %s', async (columns) => {
  expect(await expiryOf(`d DateTime, ${columns}`, 'ORDER BY d')).toBeUndefined();
  await harness.command('DROP TABLE t SYNC');
  expect(await expiryOf(`d DateTime, ${columns}`, 'ORDER BY d TTL d + INTERVAL 30 DAY')).toMatchObject({ after: 30 });
});

test.each(['index', 'constraint', 'projection', 'we\\`ird', 'back\\\\slash', 'a\\tb', 'a.b', 'a b', 'дата', '1st'])(
  'a column that is called `%s` is one',
  async (name) => {
    const ttl = `\`${name}\` + INTERVAL 30 DAY`;
    expect(await expiryOf(`d DateTime, \`${name}\` DateTime`, `ORDER BY d TTL ${ttl}`)).toMatchObject({ after: 30 });
    await harness.command('DROP TABLE t SYNC');
    const columns = `d DateTime, \`${name}\` DateTime TTL d + INTERVAL 30 DAY`;
    expect(await expiryOf(columns, 'ORDER BY d', `SELECT \`${name}\` FROM t`)).toMatchObject({ after: 30 });
  },
);

test('each part of a TTL counts, whatever groups are before it', async () => {
  const columns = 'd DateTime, k UInt8, a UInt8, b UInt8';
  const grouped = 'd + INTERVAL 400 DAY GROUP BY k, d SET a = any(a), b = max(b)';
  for (const other of ["if(d = '2020-01-01', d, d) + INTERVAL 90 DAY", 'd + INTERVAL 90 DAY DELETE WHERE k = 1']) {
    expect(await expiryOf(columns, `ORDER BY (k, d) TTL ${grouped}, ${other}`)).toMatchObject({ after: 90 });
    await harness.command('DROP TABLE t SYNC');
  }
});

describe('what follows the TTL of a column', () => {
  test.each(['SETTINGS (min_compress_block_size = 16777216)', ''])('is none of it: %s', async (after) => {
    const columns = `d DateTime, c String CODEC(ZSTD(3)) TTL d + INTERVAL 30 DAY ${after}`;
    expect(await expiryOf(columns, 'ORDER BY d')).toEqual({
      after: 30,
      by: `column c of ${harness.name}.t has TTL d + toIntervalDay(30)`,
    });
  });

  test('… and a day that reads it is computed', async () => {
    const day = ago(20);
    await addEvents(harness, { day, count: 5 });
    const ttl = 'TTL toDateTime(timestamp) + INTERVAL 30 DAY SETTINGS (min_compress_block_size = 16777216)';
    await harness.command(`ALTER TABLE events MODIFY COLUMN properties String ${ttl}`);
    try {
      await pipeline.backfill([day]);
      expect(await failureOf(pipeline.compute([OLD]))).toMatchObject({ type: 'PartitionExpired' });
    } finally {
      await harness.command('ALTER TABLE events MODIFY COLUMN properties REMOVE TTL');
    }
  });
});

describe('a DEFAULT that is computed from the event’s time', () => {
  const day = ago(1);
  const withColumn = async (column: string, ttl: string, check: () => Promise<void>): Promise<void> => {
    await addEvents(harness, { day, count: 5 });
    await harness.command(`ALTER TABLE events ADD COLUMN ${column}`);
    await harness.command(`ALTER TABLE events MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`);
    try {
      await check();
    } finally {
      await harness.command('ALTER TABLE events REMOVE TTL');
      await harness.command(`ALTER TABLE events DROP COLUMN ${column.split(' ')[0]!}`);
    }
  };

  test('may have been overridden: nobody can tell, and it says why; when it is over too, the day is expired', async () => {
    const column = 'expires_at DateTime DEFAULT toDateTime(timestamp) + INTERVAL 90 DAY';
    await withColumn(column, 'expires_at', async () => {
      const failure = await failureOf(pipeline.compute([day]));
      expect(failure).toMatchObject({ type: 'RetentionUnknown', nonRetryable: true });
      expect(failure.message).toContain(
        'events has TTL expires_at, and expires_at is toDateTime(timestamp) + toIntervalDay(90) by DEFAULT: rows that were ' +
          'inserted with an earlier expires_at may be gone before those; state how long rows are kept with LLMA_SOURCE_RETENTION_DAYS',
      );
      expect(await failureOf(pipeline.compute([OLD]))).toMatchObject({ type: 'PartitionExpired' });
    });
  });

  test.each([
    ['at DateTime DEFAULT timestamp', 'at + INTERVAL 30 DAY'],
    ['at DateTime DEFAULT now()', 'at + INTERVAL 30 DAY'],
    ['at Date DEFAULT toDate(timestamp) + 1', 'at + INTERVAL 30 DAY'],
  ])('%s: a day is kept as long as one with the event’s own time', async (column, ttl) => {
    await withColumn(column, ttl, async () => {
      await pipeline.backfill([day]);
      expect(await failureOf(pipeline.compute([OLD]))).toMatchObject({ type: 'PartitionExpired' });
    });
  });

  test('… that is earlier than it counts', async () => {
    const column = 'at DateTime DEFAULT toDateTime(timestamp) - INTERVAL 29 DAY';
    await withColumn(column, 'at + INTERVAL 30 DAY', async () => {
      expect(await failureOf(pipeline.compute([ago(2)]))).toMatchObject({ type: 'PartitionExpired' });
    });
  });
});

test('a TTL that the server can’t evaluate here is unknown, and says which', async () => {
  const columns = 'd DateTime, k UInt8';
  await harness.command(`CREATE TABLE t (${columns}) ENGINE = MergeTree ORDER BY d TTL d + INTERVAL 30 DAY`);
  const { database } = harness;
  const { select } = database;
  // As a server of another version may write it.
  const written = (row: unknown) =>
    JSON.parse(JSON.stringify(row).replaceAll('TTL d + toIntervalDay(30)', 'TTL d KEPT FOR 30 DAY')) as never;
  Object.assign(database, {
    select: async (...args: Parameters<typeof select>) => (await select(...args)).map(written),
  });
  try {
    const facts = await sourceGuard(
      database,
      harness.settings,
    )({
      partition: OLD,
      templates: [{ name: 'all', sql: 'SELECT * FROM t' }],
    });
    await expect(facts.expiry(OLD)).rejects.toMatchObject({
      name: 'UnknownTtlError',
      message: expect.stringMatching(/\.t has TTL d KEPT FOR 30 DAY, which can't be evaluated for a day/) as unknown,
    });
  } finally {
    Object.assign(database, { select });
  }
});
