import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ExecuteInsertOutput } from '../../activities/execute-insert.js';
import { packageFile } from '../../config/package-file.js';
import { parsePartition } from '../../config/partition.js';
import { checkSource } from '../../scripts/doctor/source.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, addYear, slowTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase({
  environment: { LLMA_MAX_MEMORY_MB: '60', LLMA_MAX_THREADS: '3', LLMA_QUERY_NICE: '5' },
});
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');

async function settingsOf(queryId: string): Promise<Record<string, string>> {
  await harness.command('SYSTEM FLUSH LOGS query_log');
  const [row] = await harness.select<{ s: Record<string, string> }>(
    `SELECT Settings AS s FROM system.query_log WHERE query_id = {id:String} AND type = 'QueryFinish' LIMIT 1`,
    { id: queryId },
  );
  return row!.s;
}

test('the INSERT runs with the limits of the configuration, and the ledger says so', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  const { candidates, days } = await pipeline.compute([DAY]);
  const limits = {
    max_memory_usage: '60000000',
    max_threads: '3',
    priority: '10',
    os_threads_nice_value_query: '5',
  };
  const decoding = Object.fromEntries(Object.entries(limits).map(([name, value]) => [`decode.${name}`, value]));
  expect(days[0]!.settings).toEqual({ ...limits, ...decoding, slice: 'Memory' });
  expect(await settingsOf(days[0]!.queryId)).toMatchObject(limits);
  await pipeline.accept({ candidates, days });
  expect(await harness.select('SELECT settings FROM llma_partition_runs')).toEqual([
    { settings: { ...limits, ...decoding, slice: 'Memory' } },
  ]);
  const [decode] = await harness.select<{ queryId: string }>(
    `SELECT query_id AS queryId FROM system.query_log WHERE has(tables, '${harness.name}.events') AND query_kind = 'Insert' AND type = 'QueryFinish' AND startsWith(query_id, 'llma')`,
  );
  expect(await settingsOf(decode!.queryId)).toMatchObject(limits);
});

/** What the system says of a thread: how nice it is, and whether it may be told so. */
async function threadOf(id: number): Promise<{ nice: number; mayBeSet: boolean }> {
  const [stat, status] = await Promise.all(
    ['stat', 'status'].map((of) => readFile(`/proc/${id}/task/${id}/${of}`, 'utf8')),
  );
  const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  const CAP_SYS_NICE = 23n;
  const capabilities = BigInt(`0x${/CapEff:\s*(\w+)/.exec(status!)![1]!}`);
  return { nice: Number(fields[16]), mayBeSet: ((capabilities >> CAP_SYS_NICE) & 1n) === 1n };
}

// Skipped elsewhere: only Linux shows the niceness of a thread, in /proc, and ClickHouse sets it only there.
test.skipIf(process.platform !== 'linux')(
  'the threads of an INSERT are as nice as configured, where the server may set it (only Linux has /proc to see it in)',
  async () => {
    harness.templates({ slow: slowTemplate(20) });
    const environment = harness.environment();
    const input = {
      ...(await pipeline.render(DAY)),
      candidates: await pipeline.open(),
      chunk: 0,
      maxExecutionSeconds: 60,
    };
    const running = failureOf(harness.run('executeInsert', input, environment));
    const threads = async () => {
      const [row] = await harness.select<{ threads: number[] }>(
        `SELECT thread_ids AS threads FROM system.processes WHERE query_kind = 'Insert' AND startsWith(query_id, 'llma-insert-') AND current_database = '${harness.name}'`,
      );
      return row?.threads ?? [];
    };
    await expect.poll(async () => (await threads()).length, { timeout: 10_000 }).toBeGreaterThan(1);
    const seen = await Promise.all((await threads()).map(threadOf));
    environment.cancel();
    await running.catch(() => undefined);
    for (const { nice, mayBeSet } of seen) expect(nice).toBe(mayBeSet ? 5 : 0);
  },
);

test('an INSERT that reads more than the slice may read so much, and the ledger says so', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  const within = `timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}'`;
  harness.templates({
    raw: `SELECT toDate(timestamp) AS date, team_id, 'raw' AS metric_name, count() AS metric_value FROM events WHERE ${within} GROUP BY date, team_id`,
    good: `SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
  });
  const { days } = await pipeline.compute([DAY]);
  // What always may be read, and the slice's three rows for the template and the recount.
  expect(days[0]!.settings).toMatchObject({ max_rows_to_read: '1000006', slice: 'Memory' });
});

test('a template may read all of a table without an index, of which an estimate knows nothing', async () => {
  await harness.command('CREATE TABLE plans ENGINE = Memory AS SELECT number AS id FROM numbers(1500000)');
  onTestFinished(() => harness.command('DROP TABLE plans SYNC'));
  await addEvents(harness, { day: DAY, count: 3 });
  harness.templates({
    plans: `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'plans' AS metric_name, toFloat64(count(id)) AS metric_value FROM plans WHERE id >= 0`,
    good: `SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
  });
  const { days } = await pipeline.compute([DAY]);
  expect(days[0]).toMatchObject({ rows: 2, settings: { max_rows_to_read: '12000030' } });
});

test('where nobody can say how many rows there are, the doctor says that nothing limits them', async () => {
  const limits = async () =>
    (await checkSource(harness.settings, harness.database)).filter(({ check }) => check === 'limits');
  expect(await limits()).toEqual([]);
  await harness.command('RENAME TABLE events TO kept');
  onTestFinished(async () => {
    await harness.command('DROP TABLE events SYNC');
    await harness.command('RENAME TABLE kept TO events');
  });
  await harness.command('CREATE TABLE events AS kept ENGINE = GenerateRandom');
  const [found] = await limits();
  expect(found?.message).toMatch(/^a source or a template reads .* has no effect$/);
});

describe('a template that forgot its date range', () => {
  const FORGOT = `SELECT toDate('{{ date_start }}') AS date, team_id, 'forgot' AS metric_name, count() AS metric_value FROM events GROUP BY team_id`;
  const GOOD = `SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

  test('is stopped before it reads anything, and named with its limit and what to do', async () => {
    await addYear(harness);
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates({ forgot: FORGOT, good: GOOD });
    const failure = await failureOf(pipeline.compute([DAY]));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(
      /^sql\/forgot\.sql for partition 2026-03-10: it would read more rows than its limit of 1,000,000\nthe limit is 4 times .*LLMA_MAX_READ_FACTOR.*timestamp >= '\{\{ date_start \}\}'/,
    );
    expect(failure.message).not.toContain('good');
    await harness.command('SYSTEM FLUSH LOGS query_log');
    const [refused] = await harness.select<{ read: number; code: number }>(
      `SELECT max(read_rows) AS read, any(exception_code) AS code FROM system.query_log
       WHERE query_kind = 'Insert' AND current_database = '${harness.name}' AND exception_code = 158`,
    );
    expect(refused).toEqual({ read: 0, code: 158 });
    // A template that reads as much as it may goes on, next to nothing of the table included.
    harness.templates({ good: GOOD });
    const { days } = await pipeline.compute([DAY]);
    expect(days[0]!.rows).toBe(1);
  });

  test('of a small table is let through: an estimate of so little says nothing', async () => {
    await addEvents(harness, { day: DAY, count: 3 }, { day: '2026-03-09', count: 20 });
    harness.templates({ forgot: FORGOT });
    const { days } = await pipeline.compute([DAY]);
    expect(days[0]!.rows).toBe(1);
  });
});

describe('an overloaded query comes back gentler', () => {
  // Its hash table needs more memory than a query may have.
  const HUNGRY = `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'keys' AS metric_name, count() AS metric_value
    FROM (SELECT toString(number) AS k FROM numbers(900000) GROUP BY k)`;

  test('and succeeds where it failed; the ledger says how', async () => {
    harness.templates({ hungry: HUNGRY });
    const input = {
      ...(await pipeline.render(DAY)),
      candidates: await pipeline.open(),
      chunk: 0,
      maxExecutionSeconds: 60,
    };
    let heartbeatDetails: unknown;
    const attempt = (number: number) => {
      const environment = harness.environment({ attempt: number, heartbeatDetails });
      environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
      return harness.run('executeInsert', input, environment);
    };
    const first = await failureOf(attempt(1));
    expect(first).toMatchObject({ type: 'ClickHouseOverloaded', nonRetryable: false });
    expect(first.message).toMatch(/ClickHouse 241: Query memory limit exceeded/);
    const second: ExecuteInsertOutput = await attempt(2);
    const gentle = {
      max_threads: '1',
      max_bytes_before_external_group_by: '16777216',
      max_bytes_before_external_sort: '16777216',
      collect_hash_table_stats_during_aggregation: '0',
    };
    expect(second.settings).toMatchObject(gentle);
    expect(await settingsOf(second.queryId)).toMatchObject(gentle);
    expect(second.writtenRows).toBe(1);
  });

  test('a decoding too: the ledger says how, beside how the metrics were computed from it', async () => {
    const source = readFileSync(packageFile('sql', 'sources', 'posthog_events.sql'), 'utf8');
    const hungry = '(SELECT count() FROM (SELECT toString(number) AS k FROM numbers(900000) GROUP BY k)) > 0';
    harness.templates({
      good: `SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
      'sources/hungry': source.replace('WHERE', `WHERE ${hungry} AND`),
    });
    await addEvents(harness, { day: DAY, count: 3 });
    const input = {
      chunk: 0,
      partitions: [DAY],
      eventTypes: harness.settings.eventTypes,
      maxExecutionSeconds: 60,
    };
    let heartbeatDetails: unknown;
    const attempt = (number: number) => {
      const environment = harness.environment({ attempt: number, heartbeatDetails });
      environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
      return harness.run('decodeSlice', input, environment);
    };
    expect(await failureOf(attempt(1))).toMatchObject({ type: 'ClickHouseOverloaded', nonRetryable: false });
    const decoded = await attempt(2);
    const candidates = await pipeline.open();
    await pipeline.accept({ candidates, days: [await pipeline.computeDay(candidates, DAY, { decoded })] });
    const [row] = await harness.select<{ settings: Record<string, string> }>(
      'SELECT settings FROM llma_partition_runs',
    );
    expect(row!.settings).toMatchObject({
      'decode.max_threads': '1',
      'decode.max_bytes_before_external_group_by': '16777216',
      max_threads: '3',
      slice: 'Memory',
    });
    expect(row!.settings).not.toHaveProperty('max_bytes_before_external_group_by');
  });
});
