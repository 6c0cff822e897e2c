import { describe, expect, test } from 'vitest';
import type { QueryOptions } from '../../clickhouse/database.js';
import { withDatabase, WORKFLOW_ID } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { insertedParts, ledger, liveRows, markers, parts, serverTime, versionRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT] = ['2026-03-10', '2026-03-11'];

test('rows and markers of all days are there once, as one part', async () => {
  harness.templates({ a: rowsTemplate([1, 'x', 1], [2, 'x', 2]), b: rowsTemplate([1, 'y', 3]), none: '-- nothing' });
  const computed = await pipeline.compute([DAY, NEXT]);
  expect(await pipeline.accept(computed)).toEqual({ accepted: [DAY, NEXT], superseded: [], conflicts: [] });

  const rows = (date: string) => [
    { date, team_id: 1, metric_name: 'x', metric_value: 1, template: 'a' },
    { date, team_id: 1, metric_name: 'y', metric_value: 3, template: 'b' },
    { date, team_id: 2, metric_name: 'x', metric_value: 2, template: 'a' },
  ];
  const found = await versionRows(harness);
  expect(found.map(({ version: _, run: __, ...row }) => row)).toEqual([...rows(DAY), ...rows(NEXT)]);
  const marked = await markers(harness);
  expect(marked.map(({ date, template, rows: n }) => [date, template, n])).toEqual(
    [DAY, NEXT].flatMap((date) => [
      [date, 'a', 2],
      [date, 'b', 1],
      [date, 'none', 0],
    ]),
  );
  // Every row has the run and version of its day's and template's marker, and every marker a run of its own.
  expect(new Set(marked.map(({ run }) => run)).size).toBe(6);
  for (const row of found) {
    expect(marked).toContainEqual(
      expect.objectContaining({ date: row.date, template: row.template, run: row.run, version: row.version }),
    );
  }
  expect(marked.map(({ version }) => version)).toEqual(
    computed.days.flatMap(({ version }) => [version, version, version]),
  );
  expect(await parts(harness, 'llma_metrics_versions')).toBe(1);
});

test('however small a server’s blocks are, each accept is one part, and so is what is published', async () => {
  harness.templates({
    many: `SELECT toDate('{{ date_start }}') AS date, number AS team_id, 'm' AS metric_name, 1 AS metric_value FROM numbers(1000)`,
  });
  const small = { max_block_size: '100', min_insert_block_size_rows: '100', min_insert_block_size_bytes: '0' };
  const { command } = harness.database;
  Object.assign(harness.database, {
    command: (sql: string, options?: QueryOptions) =>
      command(sql, { ...options, settings: { ...small, ...options?.settings } }),
  });
  try {
    const since = await serverTime(harness);
    for (const day of [DAY, NEXT]) await pipeline.computeAndAccept([day]);
    expect(await pipeline.publish(DAY)).toMatchObject({ rows: 2000 });
    expect(await insertedParts(harness, 'llma_metrics_versions', since)).toBe(2);
    expect(await insertedParts(harness, 'llma_pub_', since)).toBe(1);
    expect(await parts(harness, 'llma_metrics_daily')).toBe(1);
  } finally {
    Object.assign(harness.database, { command });
  }
});

test('the ledger explains it: whose, from what, by which templates', async () => {
  await addEvents(harness, { day: DAY, count: 4 }, { day: DAY, count: 1, deliveries: 3 });
  const { candidates, days } = await pipeline.compute([DAY]);
  await pipeline.accept({ candidates, days });
  const day = days[0]!;
  const columns = `toString(date) AS date, status, workflow_id, workflow_run_id, version, rows, source_rows, duplicates, late_rows,
    toString(source_fingerprint) AS source_fingerprint, toString(source_max_ingested_at) AS source_max_ingested_at,
    toUnixTimestamp64Micro(assumeNotNull(snapshot_at)) AS snapshot, templates, template_rows, runs, query_id, read_rows, elapsed_ms, error`;
  const [newest] = await harness.select<{ at: string }>(
    'SELECT toString(toDateTime64(max(created_at), 6)) AS at FROM events',
  );
  expect(await ledger(harness, columns)).toEqual([
    {
      date: DAY,
      status: 'computed',
      workflow_id: WORKFLOW_ID,
      workflow_run_id: harness.runId,
      version: day.version,
      rows: 2,
      source_rows: 5,
      duplicates: 2,
      late_rows: 0,
      source_fingerprint: day.source.fingerprint,
      source_max_ingested_at: newest!.at,
      snapshot: day.snapshot,
      templates: day.templates,
      template_rows: { error_rates: 1, event_counts: 1 },
      runs: [],
      query_id: day.queryId,
      read_rows: day.readRows,
      elapsed_ms: day.elapsedMs,
      error: '',
    },
  ]);
  // The runs of the markers are those of the ledger's token.
  const runs = await harness.select(
    `SELECT toString(cityHash64(token, date, arrayJoin(mapKeys(templates)))) AS run FROM llma_partition_runs ORDER BY run`,
  );
  expect(runs).toEqual((await markers(harness)).map(({ run }) => ({ run })).sort((a, b) => (a.run < b.run ? -1 : 1)));
});

test('accepted twice, as after a lost answer: two runs, and one of them counts', async () => {
  harness.templates({ a: rowsTemplate([1, 'x', 1]), b: rowsTemplate([1, 'y', 2]) });
  const computed = await pipeline.compute([DAY]);
  await pipeline.accept(computed);
  expect(await pipeline.accept(computed)).toEqual({ accepted: [DAY], superseded: [], conflicts: [] });
  expect(await markers(harness)).toHaveLength(4);
  expect(await pipeline.publish(DAY)).toMatchObject({ rows: 2, changed: [DAY] });
  expect((await liveRows(harness)).map(({ metric_value }) => metric_value)).toEqual([1, 2]);
  // Another publish chooses the same runs.
  expect(await pipeline.publish(DAY)).toMatchObject({ rows: 2, changed: [] });
});

describe('a later snapshot never loses to an earlier one', () => {
  const counts = async () =>
    (await liveRows(harness, "endsWith(metric_name, '_count')")).map(({ metric_value }) => metric_value);

  test.each([
    ['in the order of their snapshots', [0, 1]],
    ['the later one first', [1, 0]],
  ])('%s', async (_, order) => {
    await addEvents(harness, { day: DAY, count: 3 });
    const computed = [await pipeline.compute([DAY])];
    await addEvents(harness, { day: DAY, count: 2 });
    computed.push(await pipeline.compute([DAY]));
    const outputs = [];
    for (const index of order) {
      outputs.push(await pipeline.accept(computed[index]!));
      await pipeline.publish(DAY);
    }
    expect(await counts()).toEqual([5]);
    expect(outputs.map(({ superseded }) => superseded)).toEqual(order[0] === 1 ? [[], [DAY]] : [[], []]);
    expect(outputs.map(({ accepted }) => accepted)).toEqual([[DAY], [DAY]]);
  });

  test('although the clock went back', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    await pipeline.backfill([DAY]);
    // What was computed while the clock was an hour ahead.
    await harness.command(
      `INSERT INTO llma_metrics_versions SELECT * REPLACE(version + 3600000000 AS version, run + 1 AS run) FROM llma_metrics_versions`,
    );
    const [ahead] = await harness.select<{ version: number }>(
      'SELECT max(version) AS version FROM llma_metrics_versions',
    );
    await addEvents(harness, { day: DAY, count: 2 });
    const { candidates, days } = await pipeline.compute([DAY]);
    expect(days[0]!.version).toBe(ahead!.version + 1);
    expect(days[0]!.snapshot).toBeLessThan(ahead!.version);
    expect(await pipeline.accept({ candidates, days })).toMatchObject({ superseded: [] });
    await pipeline.publish(DAY);
    expect(await counts()).toEqual([5]);
  });

  test('a day whose templates were overtaken only in part is not superseded', async () => {
    harness.templates({ a: rowsTemplate([1, 'x', 1]), b: rowsTemplate([1, 'y', 1]) });
    const both = await pipeline.compute([DAY]);
    harness.templates({ a: rowsTemplate([1, 'x', 2]), b: rowsTemplate([1, 'y', 2]) });
    const alone = await pipeline.compute([DAY], { metrics: ['a'] });
    await pipeline.accept(alone);
    expect(await pipeline.accept(both)).toMatchObject({ accepted: [DAY], superseded: [] });
    await pipeline.publish(DAY);
    expect((await liveRows(harness)).map(({ metric_name, metric_value }) => [metric_name, metric_value])).toEqual([
      ['x', 2],
      ['y', 1],
    ]);
  });
});

describe('candidates that are not what was verified: nothing is accepted', () => {
  const NOT_VERIFIED = 'month 202603: the candidates are not what was verified; ClickHouse restarted';

  test.each<[string, (table: string) => string, (table: string) => string]>([
    ['emptied, as a restart does', (table) => `TRUNCATE TABLE ${table}`, () => NOT_VERIFIED],
    [
      'a row of one day is missing',
      (table) => `ALTER TABLE ${table} DELETE WHERE date = '${NEXT}' AND team_id = 2`,
      () => NOT_VERIFIED,
    ],
    [
      'as many rows are missing of one day as another has too many',
      (table) =>
        `ALTER TABLE ${table} UPDATE date = '${DAY}', token = (SELECT any(t.token) FROM ${table} AS t WHERE t.date = '${DAY}')
         WHERE date = '${NEXT}' AND team_id = 2`,
      () => NOT_VERIFIED,
    ],
    ['dropped', (table) => `DROP TABLE ${table}`, (table) => `month 202603: the table ${table} is gone`],
  ])('%s', async (_, sql, message) => {
    harness.templates({ a: rowsTemplate([1, 'x', 1], [2, 'x', 2]) });
    const { candidates, days } = await pipeline.compute([DAY, NEXT]);
    await harness.command(sql(candidates));
    expect(await failureOf(pipeline.accept({ candidates, days }))).toEqual({
      type: 'CandidatesLost',
      nonRetryable: true,
      message: message(candidates),
    });
    expect(await markers(harness)).toEqual([]);
    expect(await versionRows(harness)).toEqual([]);
  });

  test('a missing table of ours is something else', async () => {
    harness.templates({ a: rowsTemplate([1, 'x', 1]) });
    const computed = await pipeline.compute([DAY]);
    await harness.command('RENAME TABLE llma_metrics_versions TO away');
    try {
      const failure = await failureOf(pipeline.accept(computed));
      expect(failure).toMatchObject({ type: 'ClickHousePermanent', nonRetryable: true });
      expect(failure.message).toMatch(/^accepting days of month 202603: ClickHouse 60: .*llma_metrics_versions/);
    } finally {
      await harness.command('RENAME TABLE away TO llma_metrics_versions');
    }
  });
});

test('a day without events is accepted: markers, and no rows', async () => {
  await pipeline.computeAndAccept([DAY]);
  expect(await versionRows(harness)).toEqual([]);
  expect((await markers(harness)).map(({ template, rows }) => [template, rows])).toEqual([
    ['error_rates', 0],
    ['event_counts', 0],
  ]);
  expect(await pipeline.publish(DAY)).toMatchObject({ rows: 0, changed: [DAY] });
});

test('only the execution that was verified is accepted, whatever else is in the candidates', async () => {
  harness.templates({ a: rowsTemplate([1, 'x', 1]) });
  const candidates = await pipeline.open();
  await pipeline.computeDay(candidates, DAY);
  harness.templates({ a: rowsTemplate([1, 'x', 2], [2, 'x', 2]) });
  const second = await pipeline.computeDay(candidates, DAY);
  await pipeline.computeDay(candidates, NEXT);
  await pipeline.accept({ candidates, days: [second] });
  expect((await versionRows(harness)).map(({ date, metric_value }) => [date, metric_value])).toEqual([
    [DAY, 2],
    [DAY, 2],
  ]);
});
