/** What becomes of a query whose connection is not what it should be: docs/query-life-cycle.md. */
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { createActivities, type Activities } from '../../activities/index.js';
import { openDatabase, type Database } from '../../clickhouse/database.js';
import { NoAnswerError } from '../../clickhouse/deadline.js';
import { monthOf, parsePartition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { rowsTemplate, slowTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');
let proxy: TcpProxy;
let database: Database;
let activities: Activities;

beforeAll(async () => {
  proxy = await tcpProxy(inject('clickhouseUrl'));
  const settings = { ...harness.settings.clickhouse, url: proxy.url };
  database = openDatabase(settings, { marginSeconds: 0.5 });
  activities = createActivities({ ...harness.deps, database });
});
beforeEach(() => proxy.swallowAnswersTo(undefined));
afterAll(async () => {
  await database.close();
  await proxy.close();
});

async function insert(template: string, attempt = 1, candidates?: string) {
  harness.templates({ a: template });
  const table = candidates ?? (await pipeline.open());
  const input = { ...(await pipeline.render(DAY)), candidates: table, chunk: 0, maxExecutionSeconds: 60 };
  const environment = harness.environment({ attempt });
  return {
    table,
    outcome: environment.run<[typeof input], { token: string }, Activities['executeInsert']>(
      activities.executeInsert,
      input,
    ),
  };
}

const inserts = () => harness.runningInserts();
const tokens = async (table: string) =>
  (await harness.select<{ token: string }>(`SELECT DISTINCT token FROM ${table}`)).map(({ token }) => token);

test('a connection that is reset: the query is killed, and another attempt writes rows of its own', async () => {
  const { table, outcome } = await insert(slowTemplate(30));
  const failure = failureOf(outcome);
  await expect.poll(inserts, { timeout: 20_000 }).toHaveLength(1);
  proxy.reset();
  expect(await failure).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
  expect(await inserts()).toEqual([]);
  const { token } = await (await insert(rowsTemplate([1, 'x', 1]), 2, table)).outcome;
  expect(await tokens(table)).toEqual([token]);
});

test('an answer that is lost after the server has finished: it is noticed, and another attempt’s rows count', async () => {
  proxy.swallowAnswersTo('INSERT INTO');
  const { table, outcome } = await insert(rowsTemplate([1, 'x', 1]));
  const failure = await failureOf(outcome);
  expect(failure).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
  expect(failure.message).toMatch(/the answer to query llma-insert-.* was lost/);
  const [first] = await tokens(table);
  expect(first).toBeDefined();
  proxy.swallowAnswersTo(undefined);
  const { token } = await (await insert(rowsTemplate([1, 'x', 1]), 2, table)).outcome;
  expect((await tokens(table)).toSorted()).toEqual([first, token].toSorted());
  expect(token).not.toBe(first);
});

test('an accept whose answer is lost after the server has finished is done twice, and counts once', async () => {
  harness.templates({ a: rowsTemplate([1, 'x', 1]) });
  const { candidates, days } = await pipeline.compute([DAY]);
  const input = { month: monthOf(DAY), candidates, days };
  proxy.swallowAnswersTo('-- Candidates and their markers');
  const accept = (attempt: number) => harness.environment({ attempt }).run(activities.acceptPartitions, input);
  const failure = await failureOf(accept(1));
  expect(failure).toMatchObject({ type: 'ClickHouseTransient' });
  expect(failure.message).toMatch(/the answer to query llma-accept-.* was lost/);
  proxy.swallowAnswersTo(undefined);
  await accept(2);
  await pipeline.publish(DAY);
  expect(await harness.select('SELECT count() AS n FROM llma_metrics_versions WHERE team_id = 1')).toEqual([{ n: 2 }]);
  expect(await harness.select('SELECT metric_value FROM llma_metrics_daily')).toEqual([{ metric_value: 1 }]);
});

test('a statement’s own limit decides how long its answer is waited for, not the connection’s', async () => {
  proxy.swallowAnswersTo('SELECT 42');
  const before = Date.now();
  const answer = database.select('SELECT 42', { settings: { max_execution_time: 1 } });
  await expect(answer).rejects.toThrow(NoAnswerError);
  expect(Date.now() - before).toBeLessThan(15_000);
  proxy.swallowAnswersTo(undefined);
  // The connection's default is a minute.
  const slow = 'SELECT sleep(2) AS slept';
  await expect(database.select(slow, { settings: { max_execution_time: 1 } })).rejects.toThrow(/159|imeout|exceeded/);
  expect(await database.select(slow, { settings: { max_execution_time: 30 } })).toEqual([{ slept: 0 }]);
});
