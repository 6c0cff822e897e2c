/** Two workers whose ClickHouse user may run two queries at once, on a server of this test's own: whoever is not let in comes back. */
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { forTests } from '../support/for-tests.js';
import { serverDirectory } from '../support/server-directory.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { days, openTestDatabase, type TestDatabase } from '../support/worker-database.js';
import { killAllWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { copyTemplates, slowTemplate, type Templates } from '../support/worker-templates.js';
import type { BackfillResult } from '../../workflows/plan/outcomes.js';

/** Two chunks, over the end of a month. */
const DAYS = days('2025-03-30', '2025-04-02');
const LIMIT = 2;
const ETL = { name: 'etl', password: 'secret', settings: { max_concurrent_queries_for_user: LIMIT } };

let dataDir: string;
let server: ClickHouseServer;
let temporal: TestNamespace;
let database: TestDatabase;
let templates: Templates;

beforeAll(async () => {
  dataDir = serverDirectory();
  [server, temporal, templates] = await Promise.all([
    startClickHouse({ dataDir: forTests(join(dataDir, 'clickhouse')), users: [ETL] }),
    openNamespace(inject('temporalAddress')),
    copyTemplates(),
  ]);
  database = await openTestDatabase(server.url);
  await database.generate(DAYS.length, DAYS.at(-1) ?? '');
  // Not by date: each day is an INSERT of its own, which holds its place for a while.
  await templates.write('test_slow', slowTemplate(200));
}, 60_000);

afterEach(async () => {
  await temporal.expectNothingOpen();
  expect(await database.leftovers()).toEqual([]);
});

afterAll(async () => {
  await killAllWorkers();
  await Promise.all([temporal.close(), database.clickhouse.close(), server.stop()]);
  await Promise.all([rm(dataDir, { recursive: true, force: true }), templates.remove()]);
});

const newWorker = (): Promise<WorkerProcess> =>
  startWorkerProcess({
    ...database.environment,
    ...templates.environment,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    CLICKHOUSE_USER: ETL.name,
    CLICKHOUSE_PASSWORD: ETL.password,
  });

/** Queries of the worker's user that hold all places until they are killed. */
function holdAllPlaces(): { release(): Promise<void> } {
  const held = Array.from({ length: LIMIT }, (_, n) =>
    fetch(`${server.url}/?query_id=hog-${n}`, {
      method: 'POST',
      body: 'SELECT sleepEachRow(1) FROM numbers(120) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null',
      headers: { 'X-ClickHouse-User': ETL.name, 'X-ClickHouse-Key': ETL.password },
    }).then((response) => response.text()),
  );
  return {
    async release() {
      await database.command("KILL QUERY WHERE startsWith(query_id, 'hog-') SYNC");
      await Promise.all(held);
    },
  };
}

/** What was refused since the server's start, as the server counts it. */
async function refusals(): Promise<{ kinds: string[]; times: number }> {
  await database.command('SYSTEM FLUSH LOGS query_log');
  const [row] = await database.select<{ kinds: string[]; times: number }>(
    `SELECT arraySort(groupUniqArray(query_kind)) AS kinds, toUInt32(count()) AS times FROM system.query_log
     WHERE type = 'ExceptionBeforeStart' AND exception_code = 202 AND user = 'etl' AND startsWith(query_id, 'llma-')`,
  );
  return row ?? { kinds: [], times: 0 };
}

it('a worker that starts while all places are taken waits for one', async () => {
  const hogs = holdAllPlaces();
  await waitFor('all places taken', async () => (await database.select("SELECT 1 FROM system.processes WHERE startsWith(query_id, 'hog-')")).length === LIMIT); // prettier-ignore
  let healthy = false;
  const starting = newWorker().then(() => (healthy = true));
  await waitFor('a refusal', async () => (await refusals()).times > 2);
  expect(healthy).toBe(false);
  await hogs.release();
  await starting;
}, 60_000);

it('a backfill by two workers with many days at once is complete and right, and no day had to come back gentler', async () => {
  await newWorker();
  const before = await refusals();
  const expected = await database.expected(DAYS);
  const args = [{ from: DAYS[0], to: DAYS.at(-1), maxPartitionsPerRun: 3, concurrency: 8 }];
  const options = { taskQueue: 'llma-metrics', args };
  // Another one over the same days at the same time: there is always somebody to wait for.
  const results = await Promise.all(
    ['one', 'other'].map((workflowId) =>
      temporal.client.workflow.execute('backfillMetrics', { ...options, workflowId }),
    ),
  );
  for (const result of results) {
    expect(result).toMatchObject({ failed: [], blocked: [], skipped: [] });
    expect((result as BackfillResult).errors).toEqual({});
  }
  expect(await database.visible()).toEqual(expected);
  const { kinds, times } = await refusals();
  expect(times - before.times).toBeGreaterThan(10);
  // Not only the INSERTs of days.
  expect(kinds).toEqual(expect.arrayContaining(['Insert', 'Select']));
  // 202 says nothing about what a query takes: it must not cost threads or memory.
  const settings = await database.select<{ threads: string }>(
    `SELECT DISTINCT settings['max_threads'] AS threads FROM llma_partition_runs WHERE status = 'computed'`,
  );
  expect(settings).toEqual([{ threads: '' }]);
}, 120_000);
