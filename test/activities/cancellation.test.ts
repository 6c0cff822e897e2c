import { CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import type { ExecuteInsertInput } from '../../activities/insert-settings.js';
import type { QueryProgress } from '../../clickhouse/run-query.js';
import { parsePartition } from '../../config/partition.js';
import { SLICE_COLUMNS } from '../../templates/canonical.js';
import { nothingRuns, withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate, slowTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');
const SLOW = slowTemplate(30);
/** What an operator would call at once. The machine of the tests may be busy. */
const SECONDS = 10;

async function input(templates: Record<string, string>): Promise<ExecuteInsertInput> {
  harness.templates(templates);
  return { ...(await pipeline.render(DAY)), candidates: await pipeline.open(), chunk: 0, maxExecutionSeconds: 60 };
}

/** Waits until a query runs whose id and text begin so. */
async function running(prefix = 'llma-insert-', text = 'INSERT INTO'): Promise<string> {
  for (let looks = 0; looks < 500; looks++) {
    const [found] = await harness.select<{ query_id: string }>(
      `SELECT query_id FROM system.processes
       WHERE current_database = '${harness.name}' AND startsWith(query_id, {prefix:String}) AND startsWith(query, {text:String})`,
      { prefix, text },
    );
    if (found !== undefined) return found.query_id;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the query never began');
}

/** What an activity ends with: asked for before it ends, so that nothing is rejected unseen. */
const ending = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

test('a running INSERT tells how far it is, and is killed when its run is cancelled', async () => {
  const of = await input({ slow: SLOW });
  const environment = harness.environment();
  const heartbeats: unknown[] = [];
  const told = new Promise<QueryProgress>((resolve) => {
    environment.on('heartbeat', (details: unknown) => {
      heartbeats.push(details);
      if (details) resolve(details as QueryProgress);
    });
  });
  const insert = harness.run('executeInsert', of, environment);
  const outcome = ending(insert);
  const progress = await told;
  expect(progress.queryId).toBe(await running());
  expect(progress.readRows).toBeGreaterThan(0);
  expect(progress.elapsedMs).toBeGreaterThan(1000);

  const before = Date.now();
  environment.cancel();
  expect(await outcome).toBeInstanceOf(CancelledFailure);
  await nothingRuns(harness);
  expect((Date.now() - before) / 1000).toBeLessThan(SECONDS);
  expect(await harness.select(`SELECT count() AS n FROM ${of.candidates}`)).toEqual([{ n: 0 }]);
});

test('an activity that is cancelled before it begins runs no query', async () => {
  const of = await input({ slow: SLOW });
  const environment = harness.environment();
  environment.cancel();
  expect(await ending(harness.run('executeInsert', of, environment))).toBeInstanceOf(CancelledFailure);
  await nothingRuns(harness);
});

test('the look for a template to blame is killed too', async () => {
  // The INSERT fails at once, by the second template; the first one, tried alone, is slow.
  const bad = `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'x' AS metric_name, toFloat64(intDiv(1, number)) AS metric_value FROM numbers(1)`;
  const of = await input({ a_slow: SLOW, b_bad: bad });
  const environment = harness.environment();
  const outcome = ending(harness.run('executeInsert', of, environment));
  await running('llma-insert-', 'SELECT count()');
  environment.cancel();
  expect(await outcome).toBeInstanceOf(CancelledFailure);
  await nothingRuns(harness);
});

describe('ClickHouse runs the scalar subqueries of what it explains', () => {
  const slow = (name: string) =>
    `-- metrics, by date: *
     SELECT date, team_id, '${name}' AS metric_name, count() + (SELECT count() FROM (SELECT sleepEachRow(0.02) AS s FROM numbers(1000) SETTINGS max_block_size = 1) WHERE NOT ignore(s)) AS metric_value
     FROM {{ llm_events }} GROUP BY date, team_id`;
  const decode = (chunk: number, environment = harness.environment()) => {
    const { eventTypes } = harness.settings;
    return harness.run('decodeSlice', { chunk, partitions: [DAY], eventTypes, maxExecutionSeconds: 60 }, environment);
  };

  test('they are killed with the decoding that asked, and whoever waited for its answer asks anew', async () => {
    harness.templates({ slow: slow('killed') });
    const environment = harness.environment();
    const first = ending(decode(0, environment));
    const id = await running('llma-insert-', 'EXPLAIN QUERY TREE');
    const second = ending(decode(1));
    // It has come to the question when it has asked all else.
    await expect.poll(() => harness.runningQueries(), { timeout: 5000 }).toEqual([id]);
    environment.cancel();
    expect(await first).toBeInstanceOf(CancelledFailure);
    await expect.poll(async () => (await running('llma-insert-', 'EXPLAIN QUERY TREE')) !== id).toBe(true);
    expect(await harness.runningQueries()).not.toContain(id);
    await harness.run('cleanUp', { chunk: 1, kill: true });
    expect(await second).toMatchObject({ type: 'ClickHouseTransient' });
    await nothingRuns(harness);
  });

  test('a clean-up kills those of a worker that is gone', async () => {
    harness.templates({ slow: slow('gone') });
    const decoding = failureOf(decode(0));
    await running('llma-insert-', 'EXPLAIN QUERY TREE');
    await harness.run('cleanUp', { chunk: 0, kill: true });
    expect(await decoding).toMatchObject({ type: 'ClickHouseTransient' });
    await nothingRuns(harness);
  });

  test('they end after a few seconds: the slice has all columns then', async () => {
    harness.templates({ slow: slow('long') });
    const { slice } = await decode(0);
    const [{ columns } = {}] = await harness.select<{ columns: number }>(
      'SELECT toUInt32(count()) AS columns FROM system.columns WHERE database = {database:String} AND table = {table:String}',
      { database: harness.name, table: slice?.table },
    );
    expect(columns).toBe(SLICE_COLUMNS.length);
    await nothingRuns(harness);
  });
});

test('a new attempt kills its predecessor’s query, and nobody else’s', async () => {
  const of = await input({ slow: SLOW });
  const first = failureOf(harness.run('executeInsert', of));
  const firstId = await running();
  const other = failureOf(harness.run('executeInsert', of, harness.environment({ activityId: 'other day' })));
  await expect.poll(() => harness.runningInserts(), { timeout: 20_000 }).toHaveLength(2);
  harness.templates({ slow: rowsTemplate([1, 'slow', 1]) });
  const again = { ...of, ...(await pipeline.render(DAY)) };
  const { token, queryId } = await harness.run('executeInsert', again, harness.environment({ attempt: 2 }));

  expect(queryId.slice(0, -16)).toBe(firstId.slice(0, -16));
  expect(queryId).not.toBe(firstId);
  expect(await first).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
  expect(await harness.runningInserts()).toHaveLength(1);
  expect(await harness.select(`SELECT DISTINCT token FROM ${of.candidates}`)).toEqual([{ token }]);
  await harness.run('cleanUp', { chunk: 0, kill: true });
  expect(await other).toMatchObject({ type: 'ClickHouseTransient' });
});

test('a query that a stranger killed is done again', async () => {
  const of = await input({ slow: SLOW });
  const insert = failureOf(harness.run('executeInsert', of));
  await harness.command(`KILL QUERY WHERE query_id = {id:String} SYNC`, { id: await running() });
  const failure = await insert;
  expect(failure).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
  expect(failure.message).toMatch(/^partition 2026-03-10: ClickHouse 394: /);
});

test('a look-back that is cancelled leaves no query behind', async () => {
  await addEvents(harness, { day: '2026-03-09', count: 10 });
  // A source so slow that the cancellation finds it at work.
  await harness.command('RENAME TABLE events TO events_fast');
  await harness.command(
    'CREATE VIEW events AS SELECT *, sleepEachRow(0.25) AS slept FROM events_fast WHERE NOT ignore(slept) SETTINGS max_block_size = 1, max_threads = 1',
  );
  try {
    const settings = await harness.run('readSettings', { kind: 'daily', input: {} });
    const environment = harness.environment();
    const outcome = ending(harness.run('checkLookback', { partition: DAY, settings }, environment));
    await running('llma-', '');
    environment.cancel();
    expect(await outcome).toBeInstanceOf(CancelledFailure);
    await nothingRuns(harness);
  } finally {
    await harness.command('DROP VIEW events');
    await harness.command('RENAME TABLE events_fast TO events');
  }
});

test.each([
  ['when its slice is there', /^CREATE TABLE \S*llma_slice_/m],
  ['when its slice is filled', /^INSERT INTO \S*llma_slice_/m],
  ['when its slice is counted', /count\(\) AS deliveries/],
])(
  'a decoding that creates its tables after its run has cleaned up, and learns of it %s, leaves none',
  async (_, when) => {
    await addEvents(harness, { day: DAY, count: 3 });
    const { eventTypes } = harness.settings;
    const environment = harness.environment();
    const { command, select } = harness.database;
    let learned = 0;
    const afterwards = <T>(sql: string, answer: T): T => {
      if (!when.test(sql)) return answer;
      environment.cancel();
      learned++;
      return answer;
    };
    Object.assign(harness.database, {
      command: async (...args: Parameters<typeof command>) => {
        if (/^CREATE TABLE \S*llma_slice_/m.test(args[0])) await harness.run('cleanUp', { chunk: 0, kill: true });
        return afterwards(args[0], await command(...args));
      },
      select: async (...args: Parameters<typeof select>) => afterwards(args[0], await select(...args)),
    });
    try {
      const input = { chunk: 0, round: 0, partitions: [DAY], eventTypes, maxExecutionSeconds: 60 };
      expect(await ending(harness.run('decodeSlice', input, environment))).toBeInstanceOf(CancelledFailure);
    } finally {
      Object.assign(harness.database, { command, select });
    }
    expect(learned).toBe(1);
    expect(await harness.temporaryTables()).toEqual([]);
  },
);
