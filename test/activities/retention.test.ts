import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sourceGuard } from '../../activities/retention/guard.js';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { rowsTemplate } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
/** Days before today, by the clock of this machine, which is ClickHouse's too. */
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);
const OLD = ago(91);
const KEPT = ago(80);

/** Sets the TTL of a table; nothing is deleted by it. The column `extra` is there for TTLs of its own. */
async function ttl(clause: string, table = 'events'): Promise<void> {
  await harness.command(`ALTER TABLE ${table} ${clause} SETTINGS materialize_ttl_after_modify = 0`);
}

/** Whether each day is expired now, asked past every cache. */
async function expired(...days: Partition[]): Promise<boolean[]> {
  const { snapshot } = await clock();
  return await Promise.all(
    days.map(async (day) => {
      const facts = await sourceGuard(harness.database, harness.settings)(await pipeline.render(day));
      const expiry = await facts.expiry(day);
      return expiry !== undefined && expiry.at <= snapshot;
    }),
  );
}

async function clock(): Promise<{ snapshot: number }> {
  const [row] = await harness.select<{ snapshot: number }>('SELECT toUnixTimestamp64Micro(now64(6)) AS snapshot');
  return row!;
}

beforeAll(() => harness.command('ALTER TABLE events ADD COLUMN extra String'));
afterEach(async () => {
  await harness.command('ALTER TABLE events REMOVE TTL').catch(() => undefined);
});

/** Whether the month of `day` began at least so many days ago. */
function monthBegan(day: Partition, days: number): boolean {
  return `${day.slice(0, 7)}-01` <= ago(days);
}

test('without a TTL nothing expires', async () => {
  expect(await expired(ago(5000))).toEqual([false]);
});

describe('by the TTL of the table, as ClickHouse evaluates it', () => {
  test('rows, moves, groups and several of them', async () => {
    const cases: [string, boolean, boolean][] = [
      ['toDateTime(timestamp) + INTERVAL 90 DAY', true, false],
      ['toDateTime(timestamp) + toIntervalDay(90) DELETE', true, false],
      ['toDate(timestamp) + INTERVAL 3 MONTH', false, false],
      ['toDate(_timestamp) + INTERVAL 12 WEEK', true, false],
      ['toDateTime(created_at) + INTERVAL 85 DAY DELETE WHERE team_id = 3', true, false],
      // Where the month began early enough, the 80th day is gone with it.
      ['toStartOfMonth(timestamp) + INTERVAL 84 DAY', true, monthBegan(KEPT, 84)],
      ['toDateTime(timestamp) + INTERVAL 200 DAY', false, false],
      ["toDateTime(timestamp) + INTERVAL 1 DAY TO DISK 'default'", false, false],
      ['toDateTime(timestamp) + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(3))', false, false],
      [
        "toDateTime(timestamp) + INTERVAL 1 DAY TO DISK 'default', toDateTime(created_at) + INTERVAL 85 DAY",
        true,
        false,
      ],
      [
        'toDateTime(timestamp) + INTERVAL 85 DAY GROUP BY team_id, toDate(timestamp) SET properties = any(properties)',
        true,
        false,
      ],
    ];
    const found: typeof cases = [];
    for (const [clause] of cases) {
      await ttl(`MODIFY TTL ${clause}`);
      const [old, kept] = (await expired(OLD, KEPT)) as [boolean, boolean];
      found.push([clause, old, kept]);
    }
    expect(found).toEqual(cases);
  });

  test('a day that has expired in part is expired', async () => {
    const hours = new Date().getUTCHours() + 1;
    await ttl(`MODIFY TTL toDateTime(timestamp) + INTERVAL ${10 * 24} HOUR`);
    // Its first hour is gone, its last one stays for up to a day more.
    expect(await expired(ago(10), ago(9))).toEqual([true, false]);
    await ttl(`MODIFY TTL toDateTime(timestamp) + INTERVAL ${10 * 24 + hours} HOUR`);
    expect(await expired(ago(11), ago(10))).toEqual([true, false]);
  });

  test('a column that is emptied counts where it is read', async () => {
    await ttl('MODIFY COLUMN extra String TTL toDateTime(timestamp) + INTERVAL 1 DAY');
    expect(await expired(OLD)).toEqual([false]);
    harness.templates({
      mine: 'SELECT date, team_id, max(extra) AS metric_name, 1 AS metric_value FROM events GROUP BY ALL',
    });
    expect(await expired(OLD)).toEqual([true]);
    await harness.command('ALTER TABLE events MODIFY COLUMN extra REMOVE TTL');
    harness.templates({ mine: "SELECT date, team_id, 'x' AS metric_name, 1 AS metric_value FROM {{ llm_events }}" });
    expect(await expired(OLD)).toEqual([false]);
    await ttl('MODIFY COLUMN properties String TTL toDateTime(timestamp) + INTERVAL 1 DAY');
    try {
      expect(await expired(OLD)).toEqual([true]);
    } finally {
      await harness.command('ALTER TABLE events MODIFY COLUMN properties REMOVE TTL');
    }
  });

  test('a column computed from others is computed from them', async () => {
    await harness.command('ALTER TABLE events ADD COLUMN month Date MATERIALIZED toStartOfYear(timestamp)');
    try {
      await ttl('MODIFY TTL month + INTERVAL 20 YEAR');
      expect(await expired(ago(21 * 366), ago(19 * 365 - 365))).toEqual([true, false]);
    } finally {
      await harness.command('ALTER TABLE events REMOVE TTL').catch(() => undefined);
      await harness.command('ALTER TABLE events DROP COLUMN month');
    }
  });
});

describe('whatever stands between the source and its table', () => {
  test('is seen through', async () => {
    const cases: [string, string[]][] = [
      ['a view', ['CREATE VIEW events AS SELECT * FROM held']],
      [
        'a view of a view',
        ['CREATE VIEW between AS SELECT * FROM held', 'CREATE VIEW events AS SELECT * FROM between'],
      ],
      [
        'a join in a view',
        ['CREATE VIEW events AS SELECT h.* FROM numbers(1) AS n JOIN held AS h ON h.team_id = toInt64(n.number)'],
      ],
      ['a Merge table', ["CREATE TABLE events AS held ENGINE = Merge(currentDatabase(), '^held$')"]],
      ['a Buffer', ['CREATE TABLE events AS held ENGINE = Buffer(currentDatabase(), held, 1, 10, 100, 1, 10, 1, 10)']],
      ['a materialized view', ['CREATE MATERIALIZED VIEW events TO held AS SELECT * FROM raw']],
      [
        'a materialized view with rows of its own',
        [
          'CREATE MATERIALIZED VIEW events ENGINE = MergeTree ORDER BY team_id TTL toDateTime(timestamp) + INTERVAL 90 DAY AS SELECT * FROM raw',
        ],
      ],
      [
        'a parameterized view',
        [
          'CREATE VIEW between AS SELECT * FROM held WHERE team_id > {n:Int64}',
          'CREATE VIEW events AS SELECT * FROM between(n = 0)',
        ],
      ],
    ];
    await harness.command('RENAME TABLE events TO held');
    await harness.command('CREATE TABLE raw AS held');
    await ttl('MODIFY TTL toDateTime(timestamp) + INTERVAL 90 DAY', 'held');
    const found: Record<string, boolean[]> = {};
    try {
      for (const [what, statements] of cases) {
        for (const statement of statements) await harness.command(statement);
        found[what] = await expired(OLD, KEPT);
        await harness.command('DROP TABLE IF EXISTS events SYNC');
        await harness.command('DROP TABLE IF EXISTS between SYNC');
      }
    } finally {
      await harness.command('DROP TABLE IF EXISTS raw SYNC');
      await harness.command('RENAME TABLE held TO events');
    }
    expect(found).toEqual(Object.fromEntries(cases.map(([what]) => [what, [true, false]])));
  });

  test('a subquery of IN that only a template has is one too', async () => {
    await harness.command('CREATE TABLE held AS events');
    await ttl('MODIFY TTL toDateTime(timestamp) + INTERVAL 90 DAY', 'held');
    harness.templates({ mine: `${rowsTemplate([1, 'x', 1])} WHERE 1 IN (SELECT team_id FROM held)` });
    expect(await expired(OLD, KEPT)).toEqual([true, false]);
    await harness.command('DROP TABLE held SYNC');
  });
});
