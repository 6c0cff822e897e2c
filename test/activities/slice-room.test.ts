/** The memory that a slice may take: days that do not fit together are decoded one part after the other. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const [FIRST, SECOND, THIRD] = ['2026-03-10', '2026-03-11', '2026-03-12'] as const;
/** Templates that need all columns of an event, and those of metrics alone. */
const [WIDE, NARROW] = ['provider', 'model'].map(
  (column) =>
    `-- metrics, by date: x\nSELECT date, team_id, 'x' AS metric_name, toFloat64(uniqExact(${column})) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
) as [string, string];
const NOW = 'SELECT toUnixTimestamp64Micro(now64(6)) AS at';

describe('days that do not fit into memory together', () => {
  const small = withDatabase({ environment: { LLMA_SLICE_MEMORY_MB: '4' } });
  const narrow = withPipeline(small);
  const none = withDatabase({ environment: { LLMA_SLICE_MEMORY_MB: '0' } });
  const onDisk = withPipeline(none);

  test('are decoded one part after the other', async () => {
    // 4 MB are 10,000 rows: the first two days fit, the third does not.
    await addEvents(small, { day: FIRST, count: 4000 }, { day: SECOND, count: 6000 }, { day: THIRD, count: 1 });
    const { slice, days, rest } = await narrow.decode([FIRST, SECOND, THIRD]);
    expect({ engine: slice?.engine, days: days.map(({ partition }) => partition), rest }).toEqual({
      engine: 'Memory',
      days: [FIRST, SECOND],
      rest: [THIRD],
    });
  });

  test('have a snapshot of when their source is read, not of when their rows were counted before', async () => {
    await addEvents(small, { day: FIRST, count: 10_001 }, { day: SECOND, count: 1 });
    const { select } = small.database;
    onTestFinished(() => void (small.database.select = select));
    let counted = 0;
    small.database.select = async (sql, ...more) => {
      const rows = await select(sql, ...more);
      if (/\bcount\(\) AS rows FROM \(/.test(sql)) counted = (await small.select<{ at: number }>(NOW))[0]!.at;
      return rows as never;
    };
    const { days } = await narrow.decode([FIRST, SECOND]);
    expect(days.map(({ partition }) => partition)).toEqual([FIRST]);
    expect(counted).toBeGreaterThan(0);
    expect(days[0]!.snapshot).toBeGreaterThan(counted);
    expect(days[0]!.version).toBeGreaterThan(counted);
  });

  test.each([
    [
      'a table of the engine Log',
      ['CREATE TABLE events AS kept ENGINE = Log', 'INSERT INTO events SELECT * FROM kept'],
    ],
    ['one in memory', ['CREATE TABLE events AS kept ENGINE = Memory', 'INSERT INTO events SELECT * FROM kept']],
    [
      'a view of one that is read twice beside a small table',
      [
        'CREATE TABLE between AS kept ENGINE = Memory',
        `INSERT INTO between SELECT * FROM kept WHERE cityHash64(uuid) % 2 = 0 OR toDate(timestamp) = '${THIRD}'`,
        `ALTER TABLE kept DELETE WHERE cityHash64(uuid) % 2 = 0 OR toDate(timestamp) = '${THIRD}' SETTINGS mutations_sync = 2`,
        `CREATE VIEW events AS SELECT * FROM kept UNION ALL SELECT * FROM between WHERE team_id = 1 UNION ALL SELECT * FROM between WHERE team_id != 1`,
      ],
    ],
  ])('are counted where no index knows: %s', async (_, statements) => {
    await addEvents(small, { day: FIRST, count: 4000 }, { day: SECOND, count: 6000 }, { day: THIRD, count: 1 });
    await small.command('RENAME TABLE events TO kept');
    onTestFinished(async () => {
      for (const table of ['events', 'between']) await small.command(`DROP TABLE IF EXISTS ${table} SYNC`);
      await small.command('RENAME TABLE kept TO events');
    });
    for (const statement of statements) await small.command(statement);
    // What was known of the tables for some seconds is forgotten when a source has been read.
    await narrow.decode([FIRST]);
    const { slice, days, rest } = await narrow.decode([FIRST, SECOND, THIRD]);
    expect({ rows: slice?.rows, days: days.map(({ rows }) => rows), rest }).toEqual({
      rows: 10_000,
      days: [4000, 6000],
      rest: [THIRD],
    });
  });

  test('and the next chunk is decoded beside a slice that takes no more than half of it', async () => {
    await addEvents(small, { day: FIRST, count: 5000 }, { day: SECOND, count: 1 });
    expect(await narrow.decode([FIRST])).toMatchObject({ slice: { rows: 5000 }, leavesRoom: true });
    expect(await narrow.decode([FIRST, SECOND])).toMatchObject({ slice: { rows: 5001 }, leavesRoom: false });
    await addEvents(none, { day: FIRST, count: 1 });
    expect(await onDisk.decode([FIRST])).toMatchObject({ slice: { engine: 'MergeTree' }, leavesRoom: false });
  });

  test.each([
    ['with all columns, on disk where both are too large for memory', WIDE, 3334, 'MergeTree'],
    ['with all columns, in memory where both fit', WIDE, 3333, 'Memory'],
    ['with the columns of metrics, in memory: two of them are smaller than one', NARROW, 5000, 'Memory'],
  ])('are copied without duplicates: %s', async (_, template, count, engine) => {
    small.templates({ x: template });
    await addEvents(small, { day: FIRST, count, deliveries: 2 });
    const { slice, days } = await narrow.decode([FIRST]);
    expect({ engine: slice?.engine, rows: slice?.rows }).toEqual({ engine, rows: count });
    expect(days).toMatchObject([{ rows: count, source: { duplicates: count } }]);
    expect(
      await small.select(`SELECT engine, total_rows AS n FROM system.tables WHERE name = {name:String}`, {
        name: slice?.table,
      }),
    ).toEqual([{ engine, n: count }]);
  });

  test('a day that is too large alone goes to disk, says so, and has the same metrics', async () => {
    await addEvents(none, { day: FIRST, count: 3, deliveries: 2 }, { day: SECOND });
    const decoded = await onDisk.decode([FIRST, SECOND]);
    expect(decoded).toMatchObject({ slice: { engine: 'MergeTree' }, rest: [SECOND] });
    await onDisk.backfill([FIRST]);
    expect(
      await none.select(`SELECT metric_value AS n FROM llma_metrics_daily WHERE metric_name = 'ai_generation_count'`),
    ).toEqual([{ n: 3 }]);
    expect(
      await none.select(`SELECT settings['slice'] AS slice FROM llma_partition_runs WHERE status = 'computed'`),
    ).toEqual([{ slice: 'MergeTree' }]);
  });
});
