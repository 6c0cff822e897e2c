import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { withDatabase, WORKFLOW_ID } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';
const GOOD = rowsTemplate([1, 'good', 5]);

test('a day: each template’s rows, the source’s own numbers, and where they come from', async () => {
  await addEvents(
    harness,
    { day: DAY, count: 5 },
    { day: DAY, count: 2, team: 2, event: '$ai_trace', deliveries: 3 },
    { day: DAY, count: 7, event: '$pageview' },
    { day: '2026-03-09', count: 11 },
    { day: '2026-03-11', count: 13 },
  );
  const { candidates, days } = await pipeline.compute([DAY]);
  const [source] = await harness.select<{ fingerprint: string; at: string }>(
    `SELECT toString(sum(cityHash64(id))) AS fingerprint, toString(max(at)) AS at
     FROM (SELECT toString(uuid) AS id, max(created_at) AS at FROM events WHERE toDate(timestamp) = '${DAY}' AND startsWith(event, '$ai') GROUP BY id)`,
  );
  expect(days).toEqual([
    expect.objectContaining({
      partition: DAY,
      rows: 4,
      writtenRows: 6,
      templateRows: { error_rates: 2, event_counts: 2 },
      lateRows: 0,
      source: {
        rows: 7,
        duplicates: 4,
        teams: 2,
        notUnderstood: 0,
        fingerprint: source!.fingerprint,
        maxIngestedAt: expect.any(String) as string,
      },
    }),
  ]);
  expect(Date.parse(days[0]!.source.maxIngestedAt!)).toBe(Date.parse(`${source!.at.replace(' ', 'T')}Z`));
  expect(
    await harness.select(
      `SELECT team_id, metric_name, metric_value FROM ${candidates} WHERE template != '' AND date = '${DAY}' ORDER BY ALL`,
    ),
  ).toEqual([
    { team_id: 1, metric_name: 'ai_generation_count', metric_value: 5 },
    { team_id: 1, metric_name: 'ai_generation_error_rate', metric_value: 0 },
    { team_id: 2, metric_name: 'ai_trace_count', metric_value: 2 },
    { team_id: 2, metric_name: 'ai_trace_error_rate', metric_value: 0 },
  ]);
});

test('the server’s log says whose query it was, and with which templates', async () => {
  const { days } = await pipeline.compute([DAY]);
  await harness.command('SYSTEM FLUSH LOGS query_log');
  const [row] = await harness.select<{ log_comment: string }>(
    `SELECT log_comment FROM system.query_log WHERE query_id = {id:String} AND type = 'QueryFinish' AND event_date >= today() - 1`,
    { id: days[0]!.queryId },
  );
  expect(JSON.parse(row!.log_comment)).toEqual({
    llma: {
      workflowId: WORKFLOW_ID,
      runId: harness.runId,
      attempt: 1,
      partitions: [DAY],
      templates: days[0]!.templates,
    },
  });
});

test('a day without events is computed: no rows, and the source has none', async () => {
  const { days } = await pipeline.compute([DAY]);
  expect(days[0]).toMatchObject({ rows: 0, writtenRows: 0, templateRows: { error_rates: 0, event_counts: 0 } });
  expect(days[0]!.source).toEqual({ rows: 0, duplicates: 0, teams: 0, notUnderstood: 0, fingerprint: '0' });
});

test('a blank template has no rows; so has a day of nothing but blank templates, which still counts its source', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  const blank = '{# only macros here #}\n-- nothing';
  harness.templates({ blank, good: GOOD });
  expect((await pipeline.compute([DAY])).days[0]).toMatchObject({ templateRows: { blank: 0, good: 1 }, rows: 1 });
  harness.templates({ blank, blank2: blank });
  expect((await pipeline.compute([DAY])).days[0]).toMatchObject({
    templateRows: { blank: 0, blank2: 0 },
    rows: 0,
    source: { rows: 3 },
  });
});

test('columns count by name, in any integer and number type', async () => {
  harness.templates({
    a: "SELECT toDecimal64(1.5, 2) AS metric_value, 'x' AS metric_name, toInt64(7) AS team_id, toDate32('{{ date_start }}') AS date",
    b: "SELECT toDate('{{ date_start }}') AS date, toUInt8(7) AS team_id, toLowCardinality('y') AS metric_name, true AS metric_value",
  });
  const { candidates } = await pipeline.compute([DAY]);
  expect(await harness.select(`SELECT team_id, metric_name, metric_value FROM ${candidates} ORDER BY ALL`)).toEqual([
    { team_id: 7, metric_name: 'x', metric_value: 1.5 },
    { team_id: 7, metric_name: 'y', metric_value: 1 },
  ]);
});

const runtime = `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'x' AS metric_name, toFloat64(intDiv(1, number)) AS metric_value FROM numbers(1)`;
const selecting = (columns: string) => `SELECT ${columns}`;

describe('an error is the template’s that has it', () => {
  test.each<[string, string, string]>([
    ['division by zero while it runs', runtime, 'ClickHouse 153: '],
    ['a syntax error', 'SELECT FROM WHERE', 'ClickHouse 62: Syntax error'],
    ['an unknown column', `${GOOD} WHERE nope = 1`, 'ClickHouse 47: Unknown expression or function identifier `nope`'],
    ['an unknown table', 'SELECT * FROM nowhere', "ClickHouse 60: Unknown table expression identifier 'nowhere'"],
    ['a missing column', selecting("today() AS date, 1 AS team_id, 'x' AS metric_name"), 'ClickHouse 47: '],
    ['a check of its own', `${GOOD} WHERE throwIf(1, 'no events yet')`, 'ClickHouse 395: no events yet'],
    [
      'a text as value',
      selecting("today() AS date, 1 AS team_id, 'x' AS metric_name, 'y' AS metric_value"),
      'ClickHouse 395: template bad: metric_value must be a number that is not NULL',
    ],
    [
      'a negative team',
      rowsTemplate([-1, 'x', 1]),
      'ClickHouse 395: template bad: team_id must be a whole number that is neither NULL nor negative',
    ],
    [
      'a NULL value',
      rowsTemplate([1, 'x', 'NULL']),
      'ClickHouse 395: template bad: metric_value must be a number that is not NULL',
    ],
    [
      'a NULL date',
      GOOD.replace("toDate('{{ date_start }}')", 'NULL'),
      'ClickHouse 395: template bad: date must be a date that is not NULL',
    ],
  ])('%s', async (_, bad, message) => {
    harness.templates({ a_good: GOOD, bad, z_good: rowsTemplate([1, 'z', 1]) });
    const failure = await failureOf(pipeline.compute([DAY]));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toContain(`sql/bad.sql for partition ${DAY}: ${message}`);
    expect(failure.message).not.toContain('good.sql');
  });

  test('all that are to blame are named at once', async () => {
    harness.templates({ bad_1: 'SELECT 1 +', bad_2: 'SELECT * FROM nowhere', good: GOOD });
    const { message } = await failureOf(pipeline.compute([DAY]));
    expect(message.split('\n').map((line) => line.slice(0, 33))).toEqual([
      'sql/bad_1.sql for partition 2026-',
      'sql/bad_2.sql for partition 2026-',
    ]);
  });

  test('a source that fails is blamed on what reads it, in the source’s own words', async () => {
    harness.templates({
      counts: 'SELECT date, team_id, event AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY ALL',
      'sources/strict': readFileSync(packageFile('sql', 'sources', 'posthog_events.sql'), 'utf8').replace(
        'greatest(events.team_id, 0)',
        "throwIf(events.team_id = 5, 'source strict: team 5 is not allowed') + events.team_id",
      ),
    });
    await addEvents(harness, { day: DAY, team: 5 });
    const failure = await failureOf(pipeline.compute([DAY]));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toContain('ClickHouse 395: source strict: team 5 is not allowed');
  });
});

describe('a source table that does not exist', () => {
  test.each<[string, Record<string, string> | undefined, string]>([
    ['is blamed on the templates that read it', undefined, 'TemplateError'],
    ['fails a day whose templates don’t read it, by name', { good: GOOD }, 'ClickHousePermanent'],
  ])('%s', async (_, templates, type) => {
    if (templates) harness.templates(templates);
    await harness.command('RENAME TABLE events TO events_away');
    try {
      const failure = await failureOf(pipeline.compute([DAY]));
      expect(failure).toMatchObject({ type, nonRetryable: true });
      expect(failure.message).toMatch(
        /partition 2026-03-10: ClickHouse 60: Unknown table expression identifier 'events'\./,
      );
    } finally {
      await harness.command('RENAME TABLE events_away TO events');
    }
  });
});

test('a server that is not there is no failure of the day: it is tried again', async () => {
  const candidates = await pipeline.open();
  const rendered = await pipeline.render(DAY);
  const { database } = harness;
  const command = database.command;
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  try {
    Object.assign(database, { command: () => Promise.reject(refused) });
    const input = { ...rendered, candidates, chunk: 0, maxExecutionSeconds: 60 };
    expect(await failureOf(harness.run('executeInsert', input))).toEqual({
      type: 'ClickHouseTransient',
      nonRetryable: false,
      message: 'partition 2026-03-10: connect ECONNREFUSED 127.0.0.1:1',
    });
  } finally {
    Object.assign(database, { command });
  }
});

test('a query that takes too long is stopped by the server, and given up after three attempts', async () => {
  harness.templates({
    slow: `${GOOD} WHERE NOT ignore((SELECT sum(sleepEachRow(1)) FROM numbers(30) SETTINGS max_block_size = 1))`,
  });
  const candidates = await pipeline.open();
  const rendered = await pipeline.render(DAY);
  const run = (atLimit: number) =>
    failureOf(
      harness.run(
        'executeInsert',
        { ...rendered, candidates, chunk: 0, maxExecutionSeconds: 1 },
        harness.environment({ attempt: 9, heartbeatDetails: { past: { atLimit } } }),
      ),
    );
  expect(await run(1)).toMatchObject({ type: 'ClickHouseTransient', nonRetryable: false });
  const last = await run(2);
  expect(last).toMatchObject({ type: 'ClickHousePermanent', nonRetryable: true });
  expect(last.message).toMatch(/^partition 2026-03-10: ClickHouse 159: Timeout exceeded/);
});
