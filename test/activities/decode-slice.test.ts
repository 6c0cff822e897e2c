/** A slice: the events of a chunk, decoded once. What it has is what its source had, and what every later step is held against. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAYS = ['2026-03-10', '2026-03-11', '2026-03-12', '2026-03-13'];
const [FIRST = '', SECOND = '', THIRD = ''] = DAYS;

const visible = async () =>
  (
    await harness.select<{ row: string }>(
      `SELECT concat(toString(d.date), ' ', toString(team_id), ' ', metric_name, ' ', toString(metric_value)) AS row
       FROM llma_metrics_daily AS d WHERE endsWith(metric_name, '_count') ORDER BY d.date, team_id, metric_name`,
    )
  ).map(({ row }) => row);

const slices = async () => (await harness.temporaryTables()).filter((name) => name.startsWith('llma_slice_'));

/** Statements of ours since `since` whose text names the table `events`, and that were not only planned or described. */
async function readsOfEvents(since: string): Promise<number> {
  await harness.command('SYSTEM FLUSH LOGS');
  const [row] = await harness.select<{ n: number }>(
    `SELECT count() AS n FROM system.query_log AS q
     WHERE q.type = 'QueryFinish' AND q.event_time_microseconds > toDateTime64({since:String}, 6, 'UTC')
       AND has(q.tables, {events:String}) AND q.read_rows > 0 AND q.query_kind = 'Insert' AND startsWith(q.query_id, 'llma-')`,
    { since, events: `${harness.name}.events` },
  );
  return row?.n ?? 0;
}

describe('a chunk', () => {
  test('is read once, however many days and templates it has', async () => {
    for (const [index, day] of DAYS.entries()) await addEvents(harness, { day, count: index + 1 });
    const [now] = await harness.select<{ at: string }>('SELECT toString(now64(6)) AS at');
    await pipeline.backfill(DAYS);
    expect(await readsOfEvents(String(now?.at))).toBe(1);
    expect(await visible()).toEqual(DAYS.map((day, index) => `${day} 1 ai_generation_count ${index + 1}`));
  });

  test('says of each day what its source has: events, duplicates, teams, the latest arrival; nothing of a day without events', async () => {
    await addEvents(harness, { day: FIRST, count: 3, deliveries: 2 }, { day: FIRST, team: 7 }, { day: THIRD });
    const { days } = await pipeline.decode(DAYS.slice(0, 3));
    expect(days.map(({ partition, rows, source }) => ({ partition, ...source, rows }))).toMatchObject([
      { partition: FIRST, rows: 4, duplicates: 3, teams: 2, notUnderstood: 0 },
      { partition: SECOND, rows: 0, duplicates: 0, teams: 0, fingerprint: '0' },
      { partition: THIRD, rows: 1, duplicates: 0, teams: 1 },
    ]);
    const [truth] = await harness.select<{ fingerprint: string; latest: string }>(
      `SELECT toString(sum(h)) AS fingerprint, toString(max(at)) AS latest
       FROM (SELECT any(cityHash64(toString(uuid))) AS h, max(toDateTime64(created_at, 6)) AS at FROM events WHERE toDate(timestamp) = '${FIRST}' GROUP BY uuid)`,
    );
    expect(days[0]?.source).toMatchObject({
      fingerprint: truth?.fingerprint,
      maxIngestedAt: `${String(truth?.latest).replace(' ', 'T')}Z`,
    });
    expect(days[1]?.source).not.toHaveProperty('maxIngestedAt');
  });

  test('asks for no estimate where all rows of the source fit, and for one where not', async () => {
    await addEvents(harness, { day: FIRST, count: 2 });
    const { select } = harness.database;
    let estimates = 0;
    onTestFinished(() => void (harness.database.select = select));
    harness.database.select = async (sql, ...more) => {
      estimates += Number(sql.includes('EXPLAIN ESTIMATE'));
      return await select(sql, ...more);
    };
    await pipeline.decode([FIRST]);
    expect(estimates).toBe(0);
    const { source = '' } = loadCatalogue({ sqlDir: packageFile('sql') }).sources[0] ?? {};
    harness.templates({
      counts: 'SELECT date, team_id, event AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY ALL',
      'sources/first': source,
      'sources/second': source.replace('toString(events.uuid)', "concat('2-', toString(events.uuid))"),
    });
    await pipeline.decode([FIRST]);
    expect(estimates).toBe(1);
  });

  test('without a template that reads llm_events has no slice', async () => {
    harness.templates({ plain: rowsTemplate([1, 'one', 1]) });
    expect(await pipeline.decode(DAYS)).toEqual({ days: [], expired: [], rest: [] });
    expect(await slices()).toEqual([]);
    // Nor when the one that does is not selected.
    harness.templates({ plain: rowsTemplate([1, 'one', 1]), other: 'SELECT 1 FROM {{ llm_events }}' });
    expect(await pipeline.decode(DAYS, { metrics: ['plain'] })).toEqual({ days: [], expired: [], rest: [] });
  });

  test('of a source that can’t be read fails by the name of its file', async () => {
    harness.templates({
      counts: 'SELECT date, team_id, event AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY ALL',
      'sources/first': 'SELECT * FROM {{ nowhere }}',
    });
    const undefinedName = await failureOf(pipeline.decode(DAYS));
    expect(undefinedName).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(undefinedName.message).toMatch(/sources\/first\.sql:1: `nowhere` is undefined/);
    harness.templates({
      counts: 'SELECT date, team_id, event AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY ALL',
      'sources/second': "SELECT * FROM events WHERE event IN {{ event_types }} AND nope = '{{ date_start }}'",
    });
    const unknown = await failureOf(pipeline.decode(DAYS));
    expect(unknown).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(unknown.message).toMatch(
      /sources\/second\.sql for partitions 2026-03-10 to 2026-03-13: ClickHouse 47: .*`nope`/,
    );
  });

  test('of which the attempt before left a slice has only its own', async () => {
    await addEvents(harness, { day: FIRST });
    await pipeline.decode([FIRST]);
    const [left] = await slices();
    await pipeline.decode([FIRST]);
    const now = await slices();
    expect(now).toHaveLength(1);
    expect(now).not.toContain(left);
    const [row] = await harness.select<{ comment: string }>(
      `SELECT comment FROM system.tables WHERE database = '${harness.name}' AND name = '${String(now[0])}'`,
    );
    expect(row?.comment).toBe(`daily 'quoted' \\ "2026"`);
  });
});

describe('an event that was delivered several times', () => {
  const deliver = (uuid: string, created: string, properties: string) =>
    harness.command(
      `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
       VALUES ({uuid:String}, '$ai_generation', {properties:String}, '${FIRST} 10:00:00', 1, 'u', {created:String})`,
      { uuid, created, properties },
    );

  test('counts once, as it was when it was delivered last', async () => {
    const uuid = '11111111-1111-4111-8111-111111111111';
    harness.templates({
      tokens: `SELECT date, team_id, 'tokens' AS metric_name, toFloat64(sum(ifNull(input_tokens, 0))) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
    });
    await deliver(uuid, `${FIRST} 10:00:02`, '{"$ai_input_tokens": 20}');
    await deliver(uuid, `${FIRST} 10:00:03`, '{"$ai_input_tokens": 30}');
    await deliver(uuid, `${FIRST} 10:00:01`, '{"$ai_input_tokens": 10}');
    await addEvents(harness, { day: FIRST, properties: { $ai_input_tokens: 5 } }, { day: SECOND });
    await pipeline.backfill([FIRST, SECOND]);
    expect(
      await harness.select('SELECT metric_value AS value FROM llma_metrics_daily WHERE date = {day:Date}', {
        day: FIRST,
      }),
    ).toEqual([{ value: 35 }]);
    expect(
      await harness.select(`SELECT source_rows AS events, duplicates FROM llma_partition_status ORDER BY date`),
    ).toEqual([
      { events: 2, duplicates: 2 },
      { events: 1, duplicates: 0 },
    ]);
    expect(await slices()).toHaveLength(1);
  });

  test('says error, or was not understood, when one of the deliveries of the same moment does', async () => {
    harness.templates({
      errors: `SELECT date, team_id, 'errors' AS metric_name, toFloat64(countIf(is_error)) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`,
    });
    const deliveries = {
      '33333333-3333-4333-8333-333333333333': ['{"$ai_is_error": true}', '{"$ai_is_error": false}'],
      '44444444-4444-4444-8444-444444444444': ['{"$ai_is_error": false}', '{"$ai_is_error": true}'],
      '55555555-5555-4555-8555-555555555555': ['{}', '{"cut'],
      '66666666-6666-4666-8666-666666666666': ['{"cut', '{}'],
    };
    for (const [uuid, all] of Object.entries(deliveries)) {
      for (const properties of all) await deliver(uuid, `${FIRST} 10:00:02`, properties);
    }
    await pipeline.backfill([FIRST]);
    expect(await harness.select('SELECT metric_value AS errors FROM llma_metrics_daily')).toEqual([{ errors: 2 }]);
    expect(
      await harness.select('SELECT source_rows AS events, duplicates, not_understood FROM llma_partition_status'),
    ).toEqual([{ events: 4, duplicates: 4, not_understood: 2 }]);
  });

  test('of another team, or of another kind, is another event', async () => {
    const uuid = '22222222-2222-4222-8222-222222222222';
    await deliver(uuid, `${FIRST} 10:00:02`, '{}');
    await harness.command(`INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id) VALUES
      ('${uuid}', '$ai_span', '{}', '${FIRST} 10:00:00', 1, 'u'), ('${uuid}', '$ai_generation', '{}', '${FIRST} 10:00:00', 2, 'u')`);
    const { days } = await pipeline.decode([FIRST]);
    expect(days[0]).toMatchObject({ rows: 3, source: { rows: 3, duplicates: 0 } });
    expect(days[0]?.source.fingerprint).toBe(days[0]?.checksum);
    // Beside one that was delivered twice each of the three stays.
    await deliver('77777777-7777-4777-8777-777777777777', `${FIRST} 10:00:02`, '{}');
    await deliver('77777777-7777-4777-8777-777777777777', `${FIRST} 10:00:03`, '{}');
    const { days: after } = await pipeline.decode([FIRST]);
    expect(after[0]).toMatchObject({ rows: 4, source: { rows: 4, duplicates: 1 } });
  });
});

describe('where duplicates count', () => {
  const counting = withDatabase({ environment: { LLMA_DEDUPLICATE: 'false' } });
  const other = withPipeline(counting);

  test('each delivery is counted, and the ledger says what the source has', async () => {
    await addEvents(counting, { day: FIRST, count: 3, deliveries: 2 });
    await other.backfill([FIRST]);
    const [row] = await counting.select(
      `SELECT metric_value AS count, s.source_rows AS events, s.duplicates AS duplicates, s.source_fingerprint != 0 AS known
       FROM llma_metrics_daily AS d JOIN llma_partition_status AS s ON s.date = d.date WHERE metric_name = 'ai_generation_count'`,
    );
    expect(row).toEqual({ count: 6, events: 3, duplicates: 3, known: 1 });
  });
});

test('other sources than those that the slice was decoded with: another worker is asked, then the day is decoded again', async () => {
  await addEvents(harness, { day: FIRST });
  const { slice } = await pipeline.decode([FIRST]);
  harness.templates({ counts: 'SELECT 1 FROM {{ llm_events }}', 'sources/other': 'SELECT * FROM events' });
  const input = { partition: FIRST as never, eventTypes: ['$ai_generation'], slice: slice as never };
  const attempt = (n: number) => failureOf(harness.run('renderTemplates', input, harness.environment({ attempt: n })));
  expect(await attempt(1)).toMatchObject({ type: 'CatalogueMismatch', nonRetryable: false });
  expect(await attempt(4)).toMatchObject({ type: 'CatalogueMismatch', nonRetryable: true });
});
