/** The source is a Distributed table over what is no table of its own on each shard: a view, a Merge table, a materialized view. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { Harness, nothingRuns } from '../support/activity-harness.js';
import { failureOf, Pipeline } from '../support/pipeline.js';
import { startShards, type Shards } from '../support/shards.js';

/** By the clock of this machine, which is that of the servers too. */
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);
const OLD = ago(91);
const KEPT = ago(20);
const TTL = 'TTL toDateTime(timestamp) + INTERVAL 30 DAY';
const COLUMNS =
  'uuid UUID, event String, properties String, timestamp DateTime64(6), team_id Int64, distinct_id String, created_at DateTime64(3), _timestamp DateTime';

let shards: Shards;
let harness: Harness;
let pipeline: Pipeline;

beforeAll(async () => {
  shards = await startShards(2);
  harness = new Harness(shards.servers[0]!.url);
  await harness.open();
  pipeline = new Pipeline(harness);
  const table = (name: string) => `CREATE TABLE raw.${name} (${COLUMNS}) ENGINE = MergeTree ORDER BY team_id`;
  await shards.everywhere(
    'CREATE DATABASE raw',
    table('held'),
    table('other'),
    'CREATE VIEW raw.seen AS SELECT * FROM raw.held',
    'CREATE VIEW raw.view AS WITH rows AS (SELECT * FROM raw.seen) SELECT * FROM rows',
    "CREATE TABLE raw.merge AS raw.held ENGINE = Merge('raw', '^seen$')",
    "CREATE TABLE raw.buffer AS raw.held ENGINE = Buffer('raw', 'held', 1, 10, 100, 1, 10, 1, 10)",
    'CREATE MATERIALIZED VIEW raw.into TO raw.held AS SELECT * FROM raw.other',
    "CREATE TABLE raw.again AS raw.held ENGINE = Distributed('shards', 'raw', 'held')",
  );
  await harness.command('DROP TABLE events SYNC');
  harness.templates({
    mine: "SELECT date, team_id, 'n' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id",
  });
}, 60_000);
afterEach(async () => {
  await pipeline.cleanUp();
  await harness.command('DROP TABLE IF EXISTS events SYNC');
  const { daily, versions, ledger } = harness.database.tables;
  for (const table of [daily, versions, ledger]) await harness.command(`TRUNCATE TABLE ${table}`);
  await shards.everywhere('TRUNCATE TABLE raw.held');
  await shards.on(1, 'ALTER TABLE raw.held REMOVE TTL').catch(() => undefined);
  expect(await harness.temporaryTables()).toEqual([]);
  await nothingRuns(harness);
});
afterAll(async () => {
  await harness.close();
  await shards.stop();
}, 30_000);

/** Three events of each day here, four there. */
async function fill(): Promise<void> {
  for (const [shard, count] of [3, 4].entries()) {
    for (const day of [OLD, KEPT]) {
      await shards.on(
        shard,
        `INSERT INTO raw.held (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
         SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${day} 12:00:00', 6, 'UTC'), 1, 'user', '${day} 12:00:00' FROM numbers(${count})`,
      );
    }
  }
}

const distributed = (cluster: string, table: string) =>
  harness.command(`CREATE TABLE events AS raw.held ENGINE = Distributed('${cluster}', 'raw', '${table}', rand())`);
const expire = (table: string) =>
  shards.on(1, `ALTER TABLE ${table} MODIFY ${TTL} SETTINGS materialize_ttl_after_modify = 0`);
const visible = () =>
  harness.select<{ day: string; n: number }>(
    'SELECT toString(d.date) AS day, metric_value AS n FROM llma_metrics_daily AS d ORDER BY day',
  );

test.each([
  ['shards', 'view', 7],
  ['shards', 'merge', 7],
  ['shards', 'buffer', 7],
  ['shards', 'into', 7],
  ['others', 'view', 4],
  ['others', 'merge', 4],
])('on cluster %s over raw.%s: a TTL that the second shard alone has counts', async (cluster, table, n) => {
  await fill();
  await distributed(cluster, table);
  await pipeline.backfill([OLD]);
  await expire('raw.held');
  await shards.on(1, `DELETE FROM raw.held WHERE timestamp < '${KEPT}'`);
  const failure = await failureOf(pipeline.backfill([OLD]));
  expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
  expect(failure.message).toContain('raw.held has TTL toDateTime(timestamp) + toIntervalDay(30)');
  await pipeline.cleanUp();
  await pipeline.backfill([KEPT]);
  expect(await visible()).toEqual([
    { day: OLD, n },
    { day: KEPT, n },
  ]);
});

test('… of the rows that a materialized view keeps itself', async () => {
  await shards.everywhere(
    'CREATE MATERIALIZED VIEW raw.own ENGINE = MergeTree ORDER BY team_id AS SELECT * FROM raw.held',
  );
  await fill();
  await distributed('shards', 'own');
  await pipeline.backfill([KEPT]);
  const id = await shards.on(1, "SELECT uuid FROM system.tables WHERE database = 'raw' AND name = 'own'");
  await expire(`raw.\`.inner_id.${id}\``);
  expect(await failureOf(pipeline.compute([OLD]))).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
  await pipeline.backfill([KEPT]);
  expect(await visible()).toEqual([{ day: KEPT, n: 7 }]);
  await shards.everywhere('DROP TABLE raw.own SYNC');
});

test('a view that only the second shard defines otherwise is followed there', async () => {
  await fill();
  await distributed('shards', 'view');
  await shards.on(1, `ALTER TABLE raw.other MODIFY ${TTL}`);
  await shards.on(1, 'CREATE OR REPLACE VIEW raw.seen AS SELECT * FROM raw.other');
  try {
    const failure = await failureOf(pipeline.compute([OLD]));
    expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
    expect(failure.message).toContain('raw.other has TTL');
  } finally {
    await shards.on(1, 'CREATE OR REPLACE VIEW raw.seen AS SELECT * FROM raw.held');
    await shards.on(1, 'ALTER TABLE raw.other REMOVE TTL');
  }
});

test('a cluster that a shard knows is nobody’s to look into from here', async () => {
  await distributed('others', 'again');
  const failure = await failureOf(pipeline.compute([OLD]));
  expect(failure).toMatchObject({ type: 'RetentionUnknown', nonRetryable: true });
  expect(failure.message).toContain('the definition of raw.held on cluster shards, which raw.again reads');
});
