/** The source is a Distributed table over real servers, which keep their rows for 90 days. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { Harness, nothingRuns } from '../support/activity-harness.js';
import { rowsTemplate } from '../support/events.js';
import { failureOf, Pipeline } from '../support/pipeline.js';
import { startShards, type Shards } from '../support/shards.js';

/** Days before today, by the clock of this machine, which is that of the servers too. */
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);
const OLD = ago(91);
const KEPT = ago(80);
const TTL = 'TTL toDateTime(timestamp) + INTERVAL 90 DAY';

let shards: Shards;
let harness: Harness;
let pipeline: Pipeline;

beforeAll(async () => {
  shards = await startShards(2);
  harness = new Harness(shards.servers[0]!.url);
  await harness.open();
  pipeline = new Pipeline(harness);
  await shards.everywhere('CREATE DATABASE raw');
  const columns =
    'uuid UUID, event String, properties String, timestamp DateTime64(6), team_id Int64, distinct_id String, created_at DateTime64(3), _timestamp DateTime';
  // Nothing is deleted: what is refused is refused by the definition alone.
  const engine = `ENGINE = MergeTree PARTITION BY toYYYYMM(timestamp) ORDER BY (team_id, toDate(timestamp)) ${TTL} SETTINGS merge_with_ttl_timeout = 1000000`;
  await shards.everywhere(`CREATE TABLE raw.held (${columns}) ${engine}`, 'SYSTEM STOP TTL MERGES raw.held');
  // Three events of team 1 here, four of team 1 and two of team 2 there.
  for (const day of [OLD, KEPT]) {
    await shards.on(0, fill(day, 1, 3));
    await shards.on(1, fill(day, 1, 4));
    await shards.on(1, fill(day, 2, 2));
  }
  await harness.command('DROP TABLE events SYNC');
}, 60_000);
beforeEach(() => harness.templates(COUNT));
afterEach(async () => {
  await pipeline.cleanUp();
  for (const kind of ['events', 'between']) await harness.command(`DROP TABLE IF EXISTS ${kind} SYNC`);
  const { daily, versions, ledger } = harness.database.tables;
  for (const table of [daily, versions, ledger]) await harness.command(`TRUNCATE TABLE ${table}`);
  expect(await harness.temporaryTables()).toEqual([]);
  await nothingRuns(harness);
});
afterAll(async () => {
  await harness.close();
  await shards.stop();
}, 30_000);

const COUNT = {
  mine: "SELECT date, team_id, 'n' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id",
};

function fill(day: string, team: number, count: number): string {
  return `INSERT INTO raw.held (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
    SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${day} 12:00:00', 6, 'UTC'), ${team}, 'user', '${day} 12:00:00' FROM numbers(${count})`;
}

/** It would do without a shard that is away. */
const distributed = (cluster: string, name = 'events') =>
  harness.command(
    `CREATE TABLE ${name} AS raw.held ENGINE = Distributed('${cluster}', 'raw', 'held', rand()) SETTINGS skip_unavailable_shards = 1`,
  );

const visible = () =>
  harness.select<{ day: string; team: number; n: number }>(
    "SELECT toString(d.date) AS day, team_id AS team, metric_value AS n FROM llma_metrics_daily AS d WHERE metric_name IN ('n', 'raw') ORDER BY day, team",
  );

const BOTH = [
  { day: KEPT, team: 1, n: 7 },
  { day: KEPT, team: 2, n: 2 },
];

test('an expired day is refused by the TTL of the shards’ table; a kept one is computed from the rows of all of them', async () => {
  await distributed('shards');
  const failure = await failureOf(pipeline.compute([OLD]));
  expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
  expect(failure.message).toContain('raw.held has TTL toDateTime(timestamp) + toIntervalDay(90)');
  await pipeline.backfill([KEPT]);
  expect(await visible()).toEqual(BOTH);
  const [day] = await harness.select('SELECT status, source_rows AS n, teams FROM llma_partition_status');
  expect(day).toEqual({ status: 'published', n: 9, teams: 2 });
});

test('… also through a view, and for a template that reads the source itself', async () => {
  await distributed('shards', 'between');
  await harness.command('CREATE VIEW events AS SELECT * FROM between');
  harness.templates({
    raw: "SELECT toDate(timestamp) AS date, team_id, 'raw' AS metric_name, count() AS metric_value FROM events WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}' GROUP BY ALL",
  });
  expect(await failureOf(pipeline.compute([OLD]))).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
  await pipeline.backfill([KEPT]);
  expect(await visible()).toEqual(BOTH);
});

test('of a cluster that this server is no part of, the TTL is that of the other server', async () => {
  await distributed('others');
  await shards.on(0, 'RENAME TABLE raw.held TO raw.away');
  try {
    const failure = await failureOf(pipeline.compute([OLD]));
    expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
    expect(failure.message).toContain('raw.held has TTL toDateTime(timestamp) + toIntervalDay(90)');
    await pipeline.backfill([KEPT]);
    expect(await visible()).toEqual([
      { day: KEPT, team: 1, n: 4 },
      { day: KEPT, team: 2, n: 2 },
    ]);
  } finally {
    await shards.on(0, 'RENAME TABLE raw.away TO raw.held');
  }
});

test('… whatever a table of the same name here says', async () => {
  await distributed('others');
  await shards.on(0, 'ALTER TABLE raw.held REMOVE TTL');
  try {
    expect(await failureOf(pipeline.compute([OLD]))).toMatchObject({ type: 'PartitionExpired' });
  } finally {
    await shards.on(0, `ALTER TABLE raw.held MODIFY ${TTL} SETTINGS materialize_ttl_after_modify = 0`);
  }
});

test('of shards that keep rows for different times, the shortest counts', async () => {
  await distributed('shards');
  await shards.on(
    1,
    `ALTER TABLE raw.held MODIFY TTL toDateTime(timestamp) + INTERVAL 70 DAY SETTINGS materialize_ttl_after_modify = 0`,
  );
  try {
    const failure = await failureOf(pipeline.compute([KEPT]));
    expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
    expect(failure.message).toContain('toIntervalDay(70)');
  } finally {
    await shards.on(1, `ALTER TABLE raw.held MODIFY ${TTL} SETTINGS materialize_ttl_after_modify = 0`);
  }
});

test('a column that only the shard computes from another one counts by that one’s TTL', async () => {
  await distributed('others');
  await harness.command('ALTER TABLE events ADD COLUMN props2 String');
  await shards.on(1, 'ALTER TABLE raw.held ADD COLUMN props2 String ALIAS properties');
  await shards.on(
    1,
    `ALTER TABLE raw.held MODIFY COLUMN properties String TTL toDateTime(timestamp) + INTERVAL 70 DAY SETTINGS materialize_ttl_after_modify = 0`,
  );
  try {
    harness.templates({
      raw: "SELECT toDate(timestamp) AS date, team_id, 'raw' AS metric_name, countIf(props2 = '{}') AS metric_value FROM events WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}' GROUP BY ALL",
    });
    const failure = await failureOf(pipeline.compute([KEPT]));
    expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
    expect(failure.message).toContain('column properties of raw.held has TTL');
  } finally {
    await shards.on(1, 'ALTER TABLE raw.held MODIFY COLUMN properties REMOVE TTL');
    await shards.on(1, 'ALTER TABLE raw.held DROP COLUMN props2');
  }
});

test('a template may read as much of the other server’s rows as it needs, whatever is here', async () => {
  await distributed('others');
  // Of no kind that counts, and more than any template may read without need.
  await shards.on(1, fill(KEPT, 3, 300_000).replace('$ai_generation', '$pageview'));
  try {
    harness.templates({
      mine: `${rowsTemplate([1, 'n', 1])} WHERE (${Array(4).fill('(SELECT count() FROM events)').join(' + ')}) > 0`,
    });
    await pipeline.backfill([KEPT]);
    expect(await visible()).toEqual([{ day: KEPT, team: 1, n: 1 }]);
  } finally {
    await shards.on(1, 'DELETE FROM raw.held WHERE team_id = 3');
  }
});

test('a shard that is away: the day is tried again, no rows of the others alone count, and it is computed when it is back', async () => {
  await distributed('shards');
  await pipeline.backfill([KEPT]);
  const passes = { type: 'ClickHouseTransient', nonRetryable: false };
  const { command } = harness.database;
  let decoded = false;
  // Away only while the source is read: when the tables are looked at, before and after it, all are there.
  harness.database.command = async (...args) => {
    if (!args[0].includes('INSERT INTO') || !args[0].includes('llma_slice_')) return await command(...args);
    decoded = true;
    await shards.servers[1]!.stop();
    return await command(...args).finally(() => shards.servers[1]!.restart());
  };
  try {
    expect(await failureOf(pipeline.compute([KEPT]))).toMatchObject(passes);
    expect(decoded).toBe(true);
    harness.database.command = command;
    // Away from the beginning.
    await shards.servers[1]!.stop();
    expect(await failureOf(pipeline.compute([KEPT]))).toMatchObject(passes);
    await harness.command('DROP TABLE events SYNC');
    await distributed('others');
    expect(await failureOf(pipeline.compute([KEPT]))).toMatchObject(passes);
    expect(await visible()).toEqual(BOTH);
  } finally {
    harness.database.command = command;
    await shards.servers[1]!.restart();
  }
  await harness.command('DROP TABLE events SYNC');
  await distributed('shards');
  await pipeline.backfill([KEPT]);
  expect(await visible()).toEqual(BOTH);
});
