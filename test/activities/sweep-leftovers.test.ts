/** What dead runs have left goes, and what living ones work with stays: asked of a real Temporal and a real ClickHouse. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { findLeftovers, removeLeftovers } from '../../activities/find-leftovers.js';
import { openDatabase } from '../../clickhouse/database.js';
import { publishId } from '../../workflows/plan/names.js';
import { withDatabase } from '../support/activity-harness.js';
import { slowTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
let temporal: TestNamespace;
beforeAll(async () => (temporal = await openNamespace(inject('temporalAddress'))));
afterAll(() => temporal.close());
afterEach(async () => {
  for await (const { workflowId } of temporal.client.workflow.list()) {
    await temporal.client.workflow
      .getHandle(workflowId)
      .terminate()
      .catch(() => undefined);
  }
  await sweep();
});

/** As an activity of some run. */
function environment(client: Client = temporal.client): MockActivityEnvironment {
  const workflowExecution = { workflowId: 'sweeper', runId: randomUUID() };
  return new MockActivityEnvironment({ workflowExecution }, { client, logger: new DefaultLogger('ERROR') });
}

const sweep = (client?: Client) => harness.run('sweepLeftovers', undefined, environment(client));

/** A run of a workflow that no worker takes: it stays open. */
async function begin(workflowId: string) {
  const options = { taskQueue: 'nobody', workflowId, args: [] };
  const handle = await temporal.client.workflow.start('waits', options);
  const run = { workflowId, runId: handle.firstExecutionRunId };
  return { run, activity: () => harness.environment({ workflowExecution: run }), end: () => handle.terminate() };
}

type Begun = Awaited<ReturnType<typeof begin>>;

const openChunk = async ({ activity }: Begun) => (await harness.run('openChunk', { chunk: 0 }, activity())).candidates;

/** What a publisher that died has left of January 2026. */
async function stage(owner: string): Promise<string> {
  const name = `llma_pub_202601_${randomUUID().slice(0, 8)}`;
  await harness.command(`CREATE TABLE ${name} (a Int8) ENGINE = Memory COMMENT '${owner}'`);
  return name;
}

/** A query of a run that is at work. */
async function insertOf(begun: Begun): Promise<{ candidates: string; id: string; outcome: Promise<unknown> }> {
  harness.templates({ slow: slowTemplate(30) });
  const candidates = await openChunk(begun);
  const input = { ...(await pipeline.render('2026-03-10')), candidates, chunk: 0, maxExecutionSeconds: 60 };
  const before = await running();
  const outcome = failureOf(harness.run('executeInsert', input, begun.activity()));
  await expect.poll(running, { timeout: 20_000 }).toHaveLength(before.length + 1);
  const id = String((await running()).find((query) => !before.includes(query)));
  return { candidates, id, outcome };
}

const running = () => harness.runningInserts();

describe('tables', () => {
  test('of runs that were terminated, or that Temporal has forgotten, are dropped; of living ones they stay', async () => {
    const [living, dead] = [await begin('living'), await begin('dead')];
    const kept = await openChunk(living);
    const gone = await openChunk(dead);
    await dead.end();
    const forgotten = harness.environment({ workflowExecution: { workflowId: 'forgotten', runId: randomUUID() } });
    const { candidates } = await harness.run('openChunk', { chunk: 0 }, forgotten);
    const { tables } = await sweep();
    expect(tables.toSorted()).toEqual([gone, candidates].toSorted());
    expect(await harness.temporaryTables()).toEqual([kept]);
    expect(await sweep()).toEqual({ tables: [], queries: [] });
  });

  test('of a run that another run of its id has followed are dropped', async () => {
    const first = await begin('again');
    const gone = await openChunk(first);
    await first.end();
    const kept = await openChunk(await begin('again'));
    expect(await sweep()).toEqual({ tables: [gone], queries: [] });
    expect(await harness.temporaryTables()).toEqual([kept]);
  });

  test('of a publish stay while it is open, whoever made them', async () => {
    const month = await begin(publishId('202601' as never));
    const byHand = await begin('by hand');
    const tables = [await stage('publish/202601'), await stage('by hand'), await stage('forgotten')];
    expect((await sweep()).tables).toEqual([]);
    await month.end();
    expect((await sweep()).tables.toSorted()).toEqual([tables[0], tables[2]].toSorted());
    await byHand.end();
    expect((await sweep()).tables).toEqual([tables[1]]);
  });

  test('that name nobody, and those of other databases, are left to people', async () => {
    const other = `${harness.name}_other`;
    await harness.command(`CREATE DATABASE ${other}`);
    await harness.command(`CREATE TABLE ${other}.llma_cand_0 (a Int8) ENGINE = Memory COMMENT 'dead'`);
    const name = await stage('');
    try {
      expect(await sweep()).toEqual({ tables: [], queries: [] });
      expect(await harness.select(`SELECT count() AS n FROM ${other}.llma_cand_0`)).toEqual([{ n: 0 }]);
      expect(await harness.temporaryTables()).toEqual([name]);
    } finally {
      await harness.command(`DROP DATABASE ${other} SYNC`);
      await harness.command(`DROP TABLE ${name}`);
    }
  });
});

describe('queries', () => {
  test('of dead runs are killed before their tables go, and those of living ones work on', async () => {
    const [living, dead] = [await begin('living'), await begin('dead')];
    const theirs = await insertOf(dead);
    const ours = await insertOf(living);
    await dead.end();
    expect(await sweep()).toEqual({ tables: [theirs.candidates], queries: [theirs.id] });
    expect(await theirs.outcome).toMatchObject({ type: 'ClickHouseTransient' });
    expect(await running()).toEqual([ours.id]);
    await living.end();
    expect(await sweep()).toEqual({ tables: [ours.candidates], queries: [ours.id] });
    await ours.outcome;
  });

  test('of a living run are not killed for an id that a dead one had before', async () => {
    const id = `llma-pub-202603-${randomUUID()}-replace`;
    const replace = (runId: string) => {
      const log_comment = JSON.stringify({ llma: { workflowId: publishId('202603' as never), runId } });
      const sql = 'SELECT sleepEachRow(0.1) FROM numbers(300) SETTINGS max_block_size = 1';
      return harness.database.select(sql, { queryId: id, settings: { log_comment } }).catch((error: unknown) => error);
    };
    const begun = async () => (await harness.runningQueries()).filter((running) => running === id);
    const kill = () => harness.command('KILL QUERY WHERE query_id = {id:String} SYNC', { id });
    const dead = replace('dead');
    await expect.poll(begun).toEqual([id]);
    const left = await findLeftovers(harness.database, temporal.client);
    expect(left.queries.map(({ queryId }) => queryId)).toEqual([id]);
    await kill();
    await dead;
    const living = replace('living');
    await expect.poll(begun).toEqual([id]);
    await removeLeftovers(harness.database, left);
    expect(await begun()).toEqual([id]);
    await kill();
    await living;
  });

  test('of another installation on the same server are not ours to judge', async () => {
    const settings = { ...harness.settings.clickhouse, database: `${harness.name}_2`, sourceDatabase: harness.name };
    const other = openDatabase(settings);
    const log_comment = JSON.stringify({ llma: { workflowId: 'theirs', runId: 'theirs' } });
    const queryId = `llma-insert-${randomUUID()}`;
    const sql = 'SELECT sleepEachRow(0.1) FROM numbers(300) SETTINGS max_block_size = 1';
    const outcome = other.select(sql, { queryId, settings: { log_comment } }).catch((error: unknown) => error);
    await expect.poll(() => harness.runningQueries()).toContain(queryId);
    expect(await sweep()).toEqual({ tables: [], queries: [] });
    expect(await harness.runningQueries()).toContain(queryId);
    await harness.command('KILL QUERY WHERE query_id = {queryId:String} SYNC', { queryId });
    await outcome;
    await other.close();
  });
});

/** A Temporal that is away. */
async function withNobody<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const connection = Connection.lazy({ address: '127.0.0.1:1', interceptors: [] });
  return await work(new Client({ connection })).finally(() => connection.close());
}

const AWAY = {
  type: 'ClickHouseTransient',
  nonRetryable: false,
  message: expect.stringMatching(/: Temporal does not answer \(.*ECONNREFUSED/) as string,
};

test('where Temporal does not answer, nothing is touched', async () => {
  const dead = await begin('dead');
  const { candidates, id, outcome } = await insertOf(dead);
  await dead.end();
  expect(await withNobody((client) => failureOf(sweep(client)))).toEqual(AWAY);
  expect([await harness.temporaryTables(), await running()]).toEqual([[candidates], [id]]);
  await sweep();
  await outcome;
});

test('nor is it a bug that a month’s publish can’t be started then', async () => {
  await appendVersion(harness, { day: '2026-03-10', version: 1 });
  const recover = (client: Client) => harness.run('recoverMonths', undefined, environment(client));
  expect(await withNobody((client) => failureOf(recover(client)))).toEqual(AWAY);
  expect(await recover(temporal.client)).toEqual({ unfinished: [{ month: '202603', days: ['2026-03-10'] }] });
});
