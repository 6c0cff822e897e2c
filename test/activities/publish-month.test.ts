import { describe, expect, test } from 'vitest';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { ledger, liveRows, parts } from '../support/tables.js';
import { publish } from '../support/publishers.js';
import { liveStates } from '../support/states.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAYS = ['2026-03-01', '2026-03-10', '2026-03-31'];
const [FIRST, MIDDLE, LAST] = DAYS as [string, string, string];
const run = () => harness.run('publishMonthPartition', { month: '202603' as never });
const unfinished = () => unfinishedMonths(harness.database);

/** Three published days of two teams. */
async function published() {
  for (const day of DAYS) await appendVersion(harness, { day, version: 1, rows: 2, value: Number(day.slice(-2)) });
  await run();
  return await liveRows(harness);
}

test('a month shows exactly its current rows: those of a query of its own on the events', async () => {
  const output = await (async () => {
    await addEvents(harness, ...DAYS.map((day, index) => ({ day, count: 3 + index, deliveries: 2 })));
    return await pipeline.backfill(DAYS);
  })();
  expect(output).toEqual({ month: '202603', rows: 6, changed: DAYS });
  const expected = await harness.select(
    `SELECT toString(toDate(timestamp)) AS date, team_id, 'ai_generation_count' AS metric_name, uniqExact(uuid) AS metric_value FROM events GROUP BY ALL ORDER BY ALL`,
  );
  expect(await liveRows(harness, "metric_name = 'ai_generation_count'")).toEqual(expected);
  expect(await parts(harness, 'llma_metrics_daily')).toBe(1);
});

test('any number of times more changes nothing, and records nothing', async () => {
  const before = await published();
  const recorded = await ledger(harness, 'status');
  for (let times = 0; times < 3; times++) {
    expect(await run()).toEqual({ month: '202603', rows: before.length, changed: [] });
  }
  expect(await liveRows(harness)).toEqual(before);
  expect(await ledger(harness, 'status')).toEqual(recorded);
});

test('computing all of it again changes nothing either', async () => {
  await addEvents(harness, { day: FIRST, count: 3 }, { day: LAST, count: 2, team: 2 });
  await pipeline.backfill(DAYS);
  const before = await liveRows(harness);
  await pipeline.backfill(DAYS);
  expect(await liveRows(harness)).toEqual(before);
});

test('the other months stay as they are', async () => {
  await appendVersion(harness, { day: '2026-02-28', version: 1 });
  await appendVersion(harness, { day: '2026-04-01', version: 1 });
  for (const month of ['202602', '202604']) await harness.run('publishMonthPartition', { month: month as never });
  await published();
  expect((await liveRows(harness, "date < '2026-03-01' OR date > '2026-03-31'")).map(({ date }) => date)).toEqual([
    '2026-02-28',
    '2026-04-01',
  ]);
});

describe('a live month that is not what is current is found, and mended', () => {
  test.each<[string, string, string[]]>([
    [
      'doubled, as after a kill -9 in the moment of a swap',
      `INSERT INTO llma_metrics_daily SELECT * FROM llma_metrics_daily`,
      DAYS,
    ],
    ['without some rows', `ALTER TABLE llma_metrics_daily DELETE WHERE date = '${MIDDLE}' AND team_id = 2`, [MIDDLE]],
    ['without a day', `ALTER TABLE llma_metrics_daily DELETE WHERE date = '${LAST}'`, [LAST]],
    ['without anything', `ALTER TABLE llma_metrics_daily DROP PARTITION 202603`, DAYS],
    [
      'with a day that was never computed',
      `INSERT INTO llma_metrics_daily VALUES ('2026-03-15', 1, 'x', 1)`,
      ['2026-03-15'],
    ],
    [
      'with another value',
      `ALTER TABLE llma_metrics_daily UPDATE metric_value = metric_value + 1 WHERE date = '${FIRST}'`,
      [FIRST],
    ],
  ])('%s', async (_, damage, days) => {
    const before = await published();
    expect(await unfinished()).toEqual([]);
    await harness.command(`${damage}${damage.startsWith('ALTER') ? ' SETTINGS mutations_sync = 2' : ''}`);
    expect(await liveRows(harness)).not.toEqual(before);
    expect(await unfinished()).toEqual([{ month: '202603', days }]);
    expect(await run()).toEqual({ month: '202603', rows: before.length, changed: days });
    expect(await liveRows(harness)).toEqual(before);
    expect(await unfinished()).toEqual([]);
  });

  test('after an accept whose publish never came', async () => {
    const before = await published();
    await appendVersion(harness, { day: MIDDLE, version: 2 });
    expect(await liveRows(harness)).toEqual(before);
    expect(await unfinished()).toEqual([{ month: '202603', days: [MIDDLE] }]);
    expect(await run()).toMatchObject({ changed: [MIDDLE] });
    expect(await unfinished()).toEqual([]);
  });
});

test('what somebody wrote in the moment of the swap is not taken for published', async () => {
  const before = await published();
  const meddled = publish(harness, FIRST, {
    onStep: (step) =>
      step === 'verify' ? harness.command(`INSERT INTO llma_metrics_daily VALUES ('${MIDDLE}', 9, 'x', 1)`) : undefined,
  });
  await expect(meddled).rejects.toMatchObject({
    name: 'PublishVerifyError',
    message: `${MIDDLE} is not what was swapped in: publishing month 202603 begins again`,
  });
  expect(await run()).toMatchObject({ changed: [MIDDLE] });
  expect(await liveRows(harness)).toEqual(before);
});

test('a month that becomes empty is empty, and its days are known to be', async () => {
  await addEvents(harness, ...DAYS.map((day) => ({ day, count: 2 })));
  expect(await pipeline.backfill(DAYS)).toMatchObject({ rows: 6 });
  await harness.command('TRUNCATE TABLE events');
  expect(await pipeline.backfill(DAYS)).toEqual({ month: '202603', rows: 0, changed: DAYS });
  expect(await liveRows(harness)).toEqual([]);
  expect(await unfinished()).toEqual([]);
  expect(await run()).toMatchObject({ rows: 0, changed: [] });
  expect(
    await harness.select('SELECT toString(s.date) AS date, status, rows FROM llma_partition_status AS s ORDER BY date'),
  ).toEqual(DAYS.map((date) => ({ date, status: 'published', rows: 0 })));
});

test('a month of which nothing was ever accepted has nothing to publish', async () => {
  expect(await run()).toEqual({ month: '202603', rows: 0, changed: [] });
});

describe('a month that must not be shown: what was visible stays, and nothing is left behind', () => {
  test('rows of an accepted day are gone', async () => {
    const before = await published();
    await appendVersion(harness, { day: MIDDLE, version: 2 });
    await harness.command(
      `ALTER TABLE llma_metrics_versions DELETE WHERE date = '${FIRST}' AND team_id = 2 SETTINGS mutations_sync = 2`,
    );
    expect(await failureOf(run())).toEqual({
      type: 'GateFailed',
      nonRetryable: true,
      message: `month 202603 was not published: ${FIRST} has 1 rows in \`${harness.name}\`.\`llma_metrics_versions\`, its markers say 2; compute the day again with "llma backfill"`,
    });
    expect(await liveRows(harness)).toEqual(before);
    // What the message says mends it.
    await appendVersion(harness, { day: FIRST, version: 3 });
    expect(await run()).toMatchObject({ changed: [FIRST, MIDDLE] });
    expect(await unfinished()).toEqual([]);
  });

  test('two templates have one metric, accepted at the same moment', async () => {
    await appendVersion(harness, { day: FIRST, version: 1, template: 'a', metric: 'm', rows: 2 });
    await run();
    const before = await liveRows(harness);
    await appendVersion(harness, { day: FIRST, version: 2, template: 'b', metric: 'm' });
    expect(await failureOf(run())).toEqual({
      type: 'GateFailed',
      nonRetryable: true,
      message: `month 202603 was not published: ${FIRST} has 2 rows of metric "m" for team 1, of sql/a.sql and sql/b.sql: give it another name in one of them, or remove that one, and compute the day again with "llma backfill --from ${FIRST} --to ${FIRST}"`,
    });
    expect(await liveRows(harness)).toEqual(before);
  });

  test('two templates have states of one name, accepted at the same moment', async () => {
    const { latency, other } = { latency: { state: 'latency', ids: 3 }, other: { state: 'other', ids: 3 } };
    await appendVersion(harness, { day: FIRST, version: 1, template: 'a', metric: 'latency_p50', ...latency, rows: 2 });
    await appendVersion(harness, { day: FIRST, version: 1, template: 'b', metric: 'latency_p95', ...other });
    await run();
    const before = [await liveRows(harness), await liveStates(harness)];
    await appendVersion(harness, { day: FIRST, version: 2, template: 'b', metric: 'latency_p95', ...latency });
    expect(await failureOf(run())).toEqual({
      type: 'GateFailed',
      nonRetryable: true,
      message: `month 202603 was not published: ${FIRST} has 2 states "latency" for team 1, of sql/a.sql and sql/b.sql: give it another name in one of them, or remove that one, and compute the day again with "llma backfill --from ${FIRST} --to ${FIRST}"`,
    });
    expect([await liveRows(harness), await liveStates(harness)]).toEqual(before);
    await appendVersion(harness, { day: FIRST, version: 3, template: 'b', metric: 'latency_p95', ...other });
    expect(await run()).toMatchObject({ changed: [FIRST] });
  });

  test('a publish that is cancelled leaves nothing behind', async () => {
    await appendVersion(harness, { day: FIRST, version: 1 });
    const environment = harness.environment();
    environment.on('heartbeat', (step) => {
      if (step === 'swap') environment.cancel();
    });
    await expect(harness.run('publishMonthPartition', { month: '202603' as never }, environment)).rejects.toThrow(
      'CANCELLED',
    );
    expect(await liveRows(harness)).toEqual([]);
    expect(await harness.temporaryTables()).toEqual([]);
  });
});

test('whatever else the server says, the publish begins again', async () => {
  await appendVersion(harness, { day: FIRST, version: 1 });
  await harness.command('RENAME TABLE llma_metrics_daily TO away');
  try {
    const failure = await failureOf(run());
    expect(failure).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
    expect(failure.message).toMatch(/^publishing month 202603: ClickHouse 60: (?!ClickHouse)/);
  } finally {
    await harness.command('RENAME TABLE away TO llma_metrics_daily');
  }
  expect(await run()).toMatchObject({ rows: 1 });
});

test('the ledger is told of changed days alone, with the hash that each template’s visible rows have', async () => {
  harness.templates({ a: rowsTemplate([1, 'x', 1]), b: rowsTemplate([1, 'y', 1], [2, 'y', 1]) });
  const old = (await pipeline.compute(DAYS)).days[0]!.templates;
  await pipeline.backfill(DAYS);
  harness.templates({ a: rowsTemplate([1, 'x', 2]), b: rowsTemplate([1, 'y', 2]) });
  const computed = await pipeline.compute([MIDDLE], { metrics: ['a'] });
  await pipeline.accept(computed);
  await run();
  const published = await ledger(
    harness,
    'toString(date) AS date, rows, version, templates, template_rows, query_id',
    "status = 'published'",
  );
  expect(published).toHaveLength(4);
  expect(published.at(-1)).toEqual({
    date: MIDDLE,
    rows: 3,
    version: computed.days[0]!.version,
    templates: { a: computed.days[0]!.templates['a'], b: old['b'] },
    template_rows: { a: 1, b: 2 },
    query_id: computed.days[0]!.queryId,
  });
  expect(old['a']).not.toBe(computed.days[0]!.templates['a']);
});
