import { describe, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [FIRST, SECOND] = ['2026-03-10', '2026-03-11'] as const;

describe('a slice that is not what was decoded is missed, and its day is not published', () => {
  test.each([
    ['emptied, as by a restart', 'TRUNCATE TABLE'],
    ['without some of its rows', 'DELETE'],
    ['with as many rows, of which one is another', "UPDATE event_id = 'other'"],
  ])('%s', async (_, how) => {
    await addEvents(harness, { day: FIRST, count: 5 }, { day: SECOND, count: 5 });
    const decoded = await pipeline.decode([FIRST, SECOND]);
    const table = String(decoded.slice?.table);
    const one = `event_id = (SELECT min(toString(uuid)) FROM events WHERE toDate(timestamp) = '${FIRST}')`;
    const alter = `ALTER TABLE ${table} ${how} WHERE ${one} SETTINGS mutations_sync = 2`;
    await harness.command(how === 'TRUNCATE TABLE' ? `${how} ${table}` : alter);
    const failure = await failureOf(pipeline.computeDay(await pipeline.open(), FIRST, { decoded }));
    expect(failure).toMatchObject({ type: 'SliceLost', nonRetryable: true });
    expect(failure.message).toMatch(/^partition 2026-03-10: 5 events were decoded, [045] were found/);
  });

  test('one that lost rows before they were counted', async () => {
    await addEvents(harness, { day: FIRST, count: 5 });
    const { command } = harness.database;
    harness.database.command = async (...args) => {
      const summary = await command(...args);
      const [, slice] = /INSERT INTO (\S*llma_slice_\S*)/.exec(args[0]) ?? [];
      if (slice !== undefined) await harness.command(`TRUNCATE TABLE ${slice}`);
      return summary;
    };
    try {
      const failure = await failureOf(pipeline.decode([FIRST]));
      expect(failure).toMatchObject({ type: 'SliceLost', nonRetryable: true });
      expect(failure.message).toMatch(/: 5 rows were written, 0 are there/);
    } finally {
      harness.database.command = command;
    }
  });

  test('one that was emptied between its count and the copy that has each event once', async () => {
    await addEvents(harness, { day: FIRST, count: 5, deliveries: 2 }, { day: SECOND, count: 3 });
    const { command } = harness.database;
    harness.database.command = async (...args) => {
      const [, slice] = /\bLIMIT 1 BY\b/.test(args[0]) ? (/FROM (\S*llma_slice_\S*)/.exec(args[0]) ?? []) : [];
      if (slice !== undefined) await harness.command(`TRUNCATE TABLE ${slice}`);
      return await command(...args);
    };
    try {
      const failure = await failureOf(pipeline.decode([FIRST, SECOND]));
      expect(failure).toMatchObject({ type: 'SliceLost', nonRetryable: true });
      expect(failure.message).toMatch(/: [53] events of 2026-03-1[01] are to be kept, 0 are there/);
    } finally {
      harness.database.command = command;
    }
    // Decoded again it has them.
    const { days } = await pipeline.decode([FIRST, SECOND]);
    expect(days).toMatchObject([{ rows: 5, source: { duplicates: 5 } }, { rows: 3 }]);
  });

  test('one that is gone', async () => {
    await addEvents(harness, { day: FIRST, count: 5 });
    const decoded = await pipeline.decode([FIRST]);
    await harness.command(`DROP TABLE ${String(decoded.slice?.table)} SYNC`);
    expect(await failureOf(pipeline.computeDay(await pipeline.open(), FIRST, { decoded }))).toMatchObject({
      type: 'SliceLost',
      nonRetryable: true,
    });
  });

  test('a day without events is not a lost one', async () => {
    const decoded = await pipeline.decode([FIRST]);
    expect(await pipeline.computeDay(await pipeline.open(), FIRST, { decoded })).toMatchObject({ rows: 0 });
  });
});
