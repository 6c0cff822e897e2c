/** The source is a Distributed table over three real servers; the pipeline talks to the first one. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ClickHouseError } from '@clickhouse/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { estimateRows } from '../../activities/estimate.js';
import { blameReads, readLimit } from '../../activities/read-limit.js';
import { sourceGuard } from '../../activities/retention/guard.js';
import { packageFile } from '../../config/package-file.js';
import { parsePartition, type Partition } from '../../config/partition.js';
import { Harness, nothingRuns } from '../support/activity-harness.js';
import { failureOf, Pipeline } from '../support/pipeline.js';
import { startShards, type Shards } from '../support/shards.js';

const DAYS = ['2026-03-30', '2026-03-31'].map((day) => parsePartition(day));
const [DAY] = DAYS as [Partition, Partition];
/** Many events that are none of ours, and another day with some. */
const BUSY = parsePartition('2025-06-02');
const OTHER = parsePartition('2025-05-20');
const N = 3;

let shards: Shards;
/** The same events: on three servers, and on one. */
let sharded: Harness;
let single: Harness;

const SHIPPED = Object.fromEntries(
  readdirSync(packageFile('sql'))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => [basename(file, '.sql'), readFileSync(packageFile('sql', file), 'utf8')]),
);
const raw = (more = '') =>
  `SELECT toDate(timestamp) AS date, team_id, 'raw' AS metric_name, count() AS metric_value FROM events WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}' ${more} GROUP BY date, team_id`;

/**
 * Events of a shard. Every 40th one is delivered to the next shard as well, later and as an error; every 60th one once more as it is.
 * Costs are sums of powers of two: in whatever order they are added, the sum is the same.
 */
const fill = (
  shard: number,
) => `INSERT INTO raw.held (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
  SELECT reinterpretAsUUID(sipHash128(n)), ['$ai_generation', '$ai_span', '$ai_trace', '$ai_embedding', '$pageview'][1 + n % 5],
    concat('{"$ai_trace_id":"t', toString(n % 300), '","$ai_model":"m', toString(n % 3), '","$ai_input_tokens":', toString(n % 900), ',"$ai_output_tokens":', toString(n % 90),
      ',"$ai_total_cost_usd":', toString((n % 64) / 64), ',"$ai_latency":', toString((n % 128) / 8), ',"$ai_is_error":', if(n % 11 = 0 OR again, 'true', 'false'), ',"$ai_input":"', repeat('x', 1500), '"}'),
    toDateTime64('${DAY}', 6, 'UTC') + n % 172800, n % 7, concat('u', toString(n % 40)), toDateTime64('2026-04-01', 3, 'UTC') + again
  FROM (SELECT number * 37 AS n, false AS again FROM numbers(4500) WHERE number % ${N} = ${shard}
    UNION ALL SELECT number * 37, true FROM numbers(4500) WHERE number % 40 = 0 AND (number + 1) % ${N} = ${shard}
    UNION ALL SELECT number * 37, false FROM numbers(4500) WHERE number % 60 = 0 AND (number + 1) % ${N} = ${shard})`;
const fillBusy = `INSERT INTO raw.held (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
  SELECT generateUUIDv4(), '$pageview', '', toDateTime64(if(number < 300000, '${BUSY}', '${OTHER}'), 6, 'UTC'), 1, '', 0 FROM numbers(400000)`;

beforeAll(async () => {
  shards = await startShards(N);
  sharded = new Harness(shards.servers[0]!.url);
  single = new Harness(shards.servers[0]!.url);
  await Promise.all([sharded.open(), single.open()]);
  const [{ create } = { create: '' }] = await single.select<{ create: string }>(
    `SELECT create_table_query AS create FROM system.tables WHERE database = '${single.name}' AND name = 'events'`,
  );
  await shards.everywhere('CREATE DATABASE raw', create.replace(`${single.name}.events`, 'raw.held'), fillBusy);
  for (let shard = 0; shard < N; shard++) await shards.on(shard, fill(shard));
  await sharded.command('DROP TABLE events SYNC');
  // It would do without a shard that is away.
  await sharded.command(
    "CREATE TABLE events AS raw.held ENGINE = Distributed('shards', 'raw', 'held', rand()) SETTINGS skip_unavailable_shards = 1",
  );
  await single.command(`INSERT INTO events SELECT * FROM ${sharded.name}.events WHERE timestamp >= '2026-01-01'`);
}, 90_000);
beforeEach(() => {
  for (const harness of [sharded, single]) harness.templates(SHIPPED);
});
afterEach(async () => {
  for (const harness of [sharded, single]) {
    await new Pipeline(harness).cleanUp();
    expect(await harness.temporaryTables()).toEqual([]);
    await nothingRuns(harness);
  }
});
afterAll(async () => {
  await Promise.all([sharded.database.close(), single.database.close()]);
  await shards.stop();
}, 30_000);

/** Remote parts of our queries that run on the other servers. */
async function remoteParts(): Promise<number[]> {
  const running =
    "SELECT count() FROM system.processes WHERE NOT is_initial_query AND startsWith(initial_query_id, 'llma-')";
  return await Promise.all([1, 2].map(async (shard) => Number(await shards.on(shard, running))));
}

test('what becomes visible, and what the ledger says of it, is exactly what one server with all events makes of it', async () => {
  const found = [];
  for (const harness of [sharded, single]) {
    await new Pipeline(harness).backfill(DAYS);
    found.push({
      rows: await harness.select('SELECT * FROM llma_metrics_daily ORDER BY ALL'),
      ledger: await harness.select<{ duplicates: number }>(
        'SELECT date, rows, source_rows, source_fingerprint, duplicates, teams FROM llma_partition_status ORDER BY date',
      ),
    });
  }
  const [three, one] = found;
  expect(three!.rows.length).toBeGreaterThan(100);
  expect(three).toEqual(one);
  // Deliveries that lie on different servers are found.
  for (const { duplicates } of three!.ledger) expect(duplicates).toBeGreaterThan(40);
}, 60_000);

test('… also where every delivery counts', async () => {
  const decoded = [];
  for (const harness of [sharded, single]) {
    const { eventTypes } = harness.settings;
    const input = { chunk: 0, partitions: DAYS, eventTypes, deduplicate: false, maxExecutionSeconds: 60 };
    const { days } = await harness.run('decodeSlice', input);
    decoded.push(days.map(({ partition, rows, checksum, source }) => ({ partition, rows, checksum, source })));
  }
  expect(decoded[0]).toEqual(decoded[1]);
  expect(decoded[0]![0]!.source.duplicates).toBeGreaterThan(40);
});

test('each shard filters and parses its own events, and only narrow rows travel', async () => {
  await new Pipeline(sharded).decode([DAY]);
  for (const shard of [1, 2]) {
    await shards.on(shard, 'SYSTEM FLUSH LOGS query_log');
    const answer = await shards.on(
      shard,
      `SELECT query LIKE '%JSONExtract(%' AS parses, query LIKE '%\`timestamp\` >= %' AND query LIKE '%\`event\` IN %' AS filters,
         toUInt32(read_rows) AS read, toUInt32(result_rows) AS sent, toUInt32(read_bytes) AS readBytes, toUInt32(ProfileEvents['NetworkSendBytes']) AS sentBytes
       FROM system.query_log WHERE type = 'QueryFinish' AND NOT is_initial_query AND startsWith(initial_query_id, 'llma-insert-') AND has(tables, 'raw.held')
       ORDER BY event_time_microseconds DESC LIMIT 1 FORMAT JSONEachRow`,
    );
    const seen = JSON.parse(answer) as Record<string, number>;
    expect(seen).toMatchObject({ parses: 1, filters: 1 });
    const wanted = `SELECT count() FROM raw.held WHERE toDate(timestamp) = '${DAY}' AND startsWith(event, '$ai_')`;
    expect(seen['sent']).toBe(Number(await shards.on(shard, wanted)));
    // The index leaves the other days' events out.
    expect(seen['read']).toBeLessThan(10_000);
    expect(seen['sentBytes']! * 5).toBeLessThan(seen['readBytes']!);
  }
});

test('what templates would read is estimated over all shards, and who reads too much is named', async () => {
  sharded.templates({ raw: raw(), forgot: `${raw().replace(/WHERE .*? GROUP/, 'GROUP')} -- a day` });
  const input = {
    ...(await new Pipeline(sharded).render(OTHER)),
    candidates: 'none',
    chunk: 0,
    maxExecutionSeconds: 60,
  };
  const facts = await sourceGuard(sharded.database, sharded.settings)(input);
  const { tables } = facts;
  const estimated = async (sql: string) => (await estimateRows(sharded.database, sql, { tables })) ?? 0;
  const all = await estimated('SELECT timestamp FROM events');
  expect(all).toBeGreaterThanOrEqual(1_200_000);
  expect(all).toBeLessThan(1_300_000);
  const day = await estimated(
    `SELECT timestamp FROM events WHERE timestamp >= '${OTHER}' AND timestamp < '2025-05-21'`,
  );
  // Whole granules, of all three shards: the rest of a part may be missing.
  expect(day).toBeGreaterThan(280_000);
  expect(day).toBeLessThan(350_000);
  const asked = <T>(work: () => Promise<T>): Promise<T> => sharded.environment().run(work);
  const asking = { deps: sharded.deps, chunk: 0, settings: {}, signal: new AbortController().signal };
  const limit = await readLimit(sharded.deps, facts, input);
  expect(limit?.rows).toBe(1_000_000);
  // Of each shard 400,000 rows: none of them alone is beyond the limit.
  const error = new ClickHouseError({ code: '158', type: 'TOO_MANY_ROWS', message: 'too many' });
  const failure = await asked(() => blameReads(asking, input, { limit, error }));
  expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
  expect(failure?.message).toMatch(/^sql\/forgot\.sql .*it would read 1,2\d\d,\d{3} rows, its limit is 1,000,000/);
  expect(failure?.message).not.toContain('sql/raw.sql');
  sharded.templates({ raw: raw() });
  const { days } = await new Pipeline(sharded).compute([OTHER]);
  expect(days[0]!.settings).toMatchObject({ max_rows_to_read: '1000000' });
});

/** An INSERT that takes its time on all shards. */
async function slowInsert() {
  sharded.templates({ raw: raw('AND NOT ignore(sleep(0.05))').replace(/$/, ' SETTINGS max_block_size = 1000') });
  const pipeline = new Pipeline(sharded);
  const input = {
    ...(await pipeline.render(BUSY)),
    candidates: await pipeline.open(),
    chunk: 0,
    maxExecutionSeconds: 60,
  };
  const environment = sharded.environment();
  const failure = failureOf(sharded.run('executeInsert', input, environment)).catch((error: unknown) => error);
  await expect.poll(remoteParts, { timeout: 20_000 }).toEqual([1, 1]);
  return { environment, failure };
}

test('a query that is killed here ends on every shard', async () => {
  const { environment, failure } = await slowInsert();
  environment.cancel();
  await failure;
  await expect.poll(remoteParts, { timeout: 5000 }).toEqual([0, 0]);
}, 30_000);

test('a shard that is away while an INSERT reads raw events: the day is tried again, and never counts the others alone', async () => {
  sharded.templates({ raw: raw() });
  const { command } = sharded.database;
  let inserted = false;
  sharded.database.command = async (...args) => {
    if (!args[0].includes('INSERT INTO') || !args[0].includes('llma_cand_')) return await command(...args);
    inserted = true;
    await shards.servers[2]!.stop();
    return await command(...args).finally(() => shards.servers[2]!.restart());
  };
  try {
    const failure = await failureOf(new Pipeline(sharded).compute([DAY]));
    expect(failure).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
    expect(failure.message).toMatch(/partition 2026-03-30: ClickHouse (279|210|32): /);
    expect(inserted).toBe(true);
  } finally {
    sharded.database.command = command;
  }
  const { days } = await new Pipeline(sharded).compute([DAY]);
  const [{ teams } = { teams: 0 }] = await single.select<{ teams: number }>(
    `SELECT uniqExact(team_id) AS teams FROM events WHERE toDate(timestamp) = '${DAY}'`,
  );
  expect(days[0]!.rows).toBe(teams);
}, 60_000);

test('… and while the look-back compares days: it does not take the rest for what has changed', async () => {
  const settings = await sharded.run('readSettings', { kind: 'daily', input: {} });
  const look = () =>
    sharded.run('checkLookback', {
      partition: parsePartition('2026-04-01'),
      settings: { ...settings, lookbackDays: 2 },
    });
  await shards.servers[1]!.stop();
  try {
    expect(await failureOf(look())).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
  } finally {
    await shards.servers[1]!.restart();
  }
  expect(await look()).toEqual({ days: [] });
}, 60_000);

test('when the first server dies, what it had begun on the others ends too', async () => {
  const { failure } = await slowInsert();
  await shards.servers[0]!.kill();
  try {
    await expect.poll(remoteParts, { timeout: 10_000 }).toEqual([0, 0]);
  } finally {
    await shards.servers[0]!.restart();
  }
  expect(await failure).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
}, 60_000);
