/** What becomes of the statements that are not a partition's INSERT, when their answers are lost or their runs cancelled: docs/query-life-cycle.md. */
import type { Client } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, expect, inject, test } from 'vitest';
import type { VerifyRowCountsInput } from '../../activities/verify-row-counts.js';
import { createActivities, type Activities } from '../../activities/index.js';
import { openDatabase, type ConnectionOptions, type Database } from '../../clickhouse/database.js';
import { monthOf, parsePartition } from '../../config/partition.js';
import { nothingRuns, withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { publish } from '../support/publishers.js';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { GOOD, insertDays } from '../support/verifications.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const ways: { proxy: TcpProxy; database: Database }[] = [];
afterAll(async () => {
  for (const { proxy, database } of ways) {
    await database.close();
    await proxy.close();
  }
});

/** Activities on a way of their own, on which answers to statements that hold `text` are lost until it is mended. */
async function losing(text: string, options: ConnectionOptions = {}) {
  const proxy = await tcpProxy(inject('clickhouseUrl'));
  const database = openDatabase({ ...harness.settings.clickhouse, url: proxy.url }, options);
  ways.push({ proxy, database });
  proxy.swallowAnswersTo(text);
  return { activities: createActivities({ ...harness.deps, database }), mend: () => proxy.swallowAnswersTo(undefined) };
}

const LOST = { type: 'ClickHouseTransient', nonRetryable: false };
const DAY_US = 86_400_000_000;
const run = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input, attempt = 1): Promise<Output> =>
  harness.environment({ attempt }).run<[Input], Output, typeof activity>(activity, input);
const visible = (month: string) =>
  harness.select(`SELECT metric_value AS v FROM llma_metrics_daily WHERE toYYYYMM(date) = ${month}`);

async function publishLoses(text: string, day: string, purpose: string): Promise<void> {
  await appendVersion(harness, { day, version: 7 });
  const { activities, mend } = await losing(text);
  const input = { month: monthOf(parsePartition(day)) };
  const failure = await failureOf(run(activities.publishMonthPartition, input));
  expect(failure).toMatchObject(LOST);
  expect(failure.message).toMatch(new RegExp(`the answer to query llma-pub-\\d{6}-\\w+-${purpose}.* was lost`));
  mend();
  expect(await run(activities.publishMonthPartition, input, 2)).toMatchObject({ rows: 1 });
  expect(await visible(input.month)).toEqual([{ v: 7 }]);
}

function decodeInput(): Parameters<Activities['decodeSlice']>[0] {
  const { eventTypes } = harness.settings;
  return { chunk: 7, partitions: [parsePartition('2026-05-02')], eventTypes, maxExecutionSeconds: 60 };
}

async function decodeLoses(): Promise<void> {
  const { activities, mend } = await losing('-- Everything that the sources have');
  const input = decodeInput();
  const slices = () => harness.temporaryTables().then((all) => all.filter((name) => /^llma_slice_\w+_7_/.test(name)));
  const failure = await failureOf(run(activities.decodeSlice, input));
  expect(failure).toMatchObject(LOST);
  expect(failure.message).toMatch(/the answer to query llma-insert-.* was lost/);
  const [lost] = await slices();
  mend();
  const { slice, days } = await run(activities.decodeSlice, input, 2);
  expect(days).toMatchObject([{ rows: 5 }]);
  expect(slice?.table).not.toBe(lost);
  expect(await slices()).toEqual([slice?.table]);
  await run(activities.cleanUp, { chunk: 7, kill: true });
}

async function verificationLoses(input: VerifyRowCountsInput): Promise<void> {
  const { activities, mend } = await losing('-- What executions have written');
  const failure = await failureOf(run(activities.verifyRowCounts, input));
  expect(failure).toMatchObject(LOST);
  expect(failure.message).toMatch(/the answer to query llma-insert-.* was lost/);
  mend();
  expect(await run(activities.verifyRowCounts, input, 2)).toMatchObject({ rows: 2 });
}

async function sweepLoses(): Promise<void> {
  const day = '2026-07-01';
  for (const ago of [50, 40]) await appendVersion(harness, { day, version: Date.now() * 1000 - ago * DAY_US });
  const { activities, mend } = await losing('DELETE FROM');
  const failure = await failureOf(run(activities.sweepVersions, { olderThanDays: 30 }));
  expect(failure).toMatchObject(LOST);
  expect(failure.message).toMatch(/the answer to query llma-sweep-.* was lost/);
  mend();
  // The one whose answer was lost has done it.
  expect(await run(activities.sweepVersions, { olderThanDays: 30 }, 2)).toEqual({ rows: 0 });
}

test('an answer that is lost after a swap, a build, a decoding, a verification or a sweep was done is noticed, and doing it again is right', async () => {
  await addEvents(harness, { day: '2026-05-02', count: 5 });
  const [verified] = await insertDays({ harness, pipeline, rows: { '2026-06-01': GOOD } });
  // For the decoding: a template that needs a slice.
  harness.templates({
    n: "SELECT date, team_id, 'n' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id",
  });
  await Promise.all([
    publishLoses('ALTER TABLE', '2026-03-10', 'replace'),
    publishLoses('INSERT INTO', '2026-04-10', 'build'),
    decodeLoses(),
    verificationLoses(verified!),
    sweepLoses(),
  ]);
});

test('a sweep of leftovers whose answer is lost gives up at its deadline, and the next one finds the rest', async () => {
  const name = 'llma_pub_202601_0123456789abcdef';
  await harness.command(`CREATE TABLE ${name} (a Int8) ENGINE = Memory COMMENT 'gone'`);
  const { activities, mend } = await losing('DROP TABLE', { requestTimeoutSeconds: 2 });
  const gone = Object.assign(new Error('no such workflow'), { name: 'WorkflowNotFoundError' });
  const client = {
    withAbortSignal: (_: unknown, work: () => unknown) => work(),
    workflow: { getHandle: () => ({ describe: () => Promise.reject(gone) }) },
  };
  const sweep = (): Promise<unknown> =>
    new MockActivityEnvironment({}, { client: client as unknown as Client }).run(activities.sweepLeftovers);
  const failure = await failureOf(sweep());
  expect(failure).toMatchObject(LOST);
  expect(failure.message).toContain('ClickHouse did not answer within 2 s');
  mend();
  expect(await sweep()).toEqual({ tables: [], queries: [] });
});

test('a publish and a sweep that are cancelled while they wait for an answer end at once, and leave nothing', async () => {
  await appendVersion(harness, { day: '2026-03-10', version: 7 });
  for (const ago of [50, 40])
    await appendVersion(harness, { day: '2026-04-10', version: Date.now() * 1000 - ago * DAY_US });
  const swap = await losing('ALTER TABLE');
  const deletion = await losing('DELETE FROM');
  const [publisher, sweeper] = [harness.environment(), harness.environment()];
  const ends = [
    publisher.run(swap.activities.publishMonthPartition as (of: unknown) => Promise<unknown>, { month: '202603' }),
    sweeper.run(deletion.activities.sweepVersions as (of: unknown) => Promise<unknown>, { olderThanDays: 30 }),
  ].map((promise) => promise.catch((error: unknown) => error));
  // Both have been done by the server: what is waited for is the answer alone.
  await expect.poll(() => visible('202603'), { timeout: 20_000 }).toEqual([{ v: 7 }]);
  const versions = "SELECT count() AS n FROM llma_metrics_versions WHERE toYYYYMM(date) = 202604 AND metric_name != ''";
  await expect.poll(() => harness.select(versions), { timeout: 20_000 }).toEqual([{ n: 1 }]);
  const before = Date.now();
  publisher.cancel();
  sweeper.cancel();
  for (const end of await Promise.all(ends)) expect(end).toBeInstanceOf(CancelledFailure);
  expect(Date.now() - before).toBeLessThan(5_000);
  // The ledger has not heard of it: the next publish, or the look of a worker that starts, tells it.
  await publish(harness, '2026-03-10');
  expect(await harness.select("SELECT status FROM llma_partition_status WHERE date = '2026-03-10'")).toEqual([
    { status: 'published' },
  ]);
});

test('a decoding that is cancelled ends, and no query of it is left, and its slice goes with the chunk', async () => {
  // Twenty seconds, if it is not killed: of no sleep more than the three that the server allows for a block, and each of a length of its own,
  // or it would be slept once.
  const sleeps = Array.from({ length: 8 }, (_, n) => `sleepEachRow(${0.03 + n / 1000})`).join(', ');
  await addEvents(harness, { day: '2026-05-02', count: 80 });
  await harness.command('RENAME TABLE events TO events_fast');
  await harness.command(`CREATE VIEW events AS SELECT * FROM events_fast WHERE NOT ignore(${sleeps})`);
  try {
    const environment = harness.environment();
    const input = decodeInput();
    const outcome = harness.run('decodeSlice', input, environment).catch((error: unknown) => error);
    const inserts = `SELECT count() AS n FROM system.processes WHERE current_database = '${harness.name}' AND query_kind = 'Insert' AND query LIKE '%llma_slice_%'`;
    const begun = expect.poll(() => harness.select(inserts), { timeout: 20_000 }).toEqual([{ n: 1 }]);
    // One that ends by itself says why.
    expect(await Promise.race([begun.then(() => 'runs'), outcome.then(String)])).toBe('runs');
    const before = Date.now();
    environment.cancel();
    const end = await outcome;
    expect(end, String(end)).toBeInstanceOf(CancelledFailure);
    await nothingRuns(harness);
    expect(Date.now() - before).toBeLessThan(10_000);
    await harness.run('cleanUp', { chunk: 7, kill: true });
  } finally {
    await harness.command('DROP VIEW events');
    await harness.command('RENAME TABLE events_fast TO events');
  }
});
