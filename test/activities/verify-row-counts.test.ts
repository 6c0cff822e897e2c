import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';

describe('candidates that are gone are computed again', () => {
  test('after a restart, which empties a Memory table: TRUNCATE leaves what a restart leaves', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    const candidates = await pipeline.open();
    const beforeVerify = () => harness.command(`TRUNCATE TABLE ${candidates}`);
    expect(await failureOf(pipeline.computeDay(candidates, DAY, { beforeVerify }))).toEqual({
      type: 'CandidatesLost',
      nonRetryable: true,
      message: `partition ${DAY}: 3 rows were written, 0 are there; ClickHouse restarted, or the insert was cut`,
    });
  });

  test('when a part of them is missing', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    const candidates = await pipeline.open();
    const beforeVerify = () => harness.command(`ALTER TABLE ${candidates} DELETE WHERE template = 'error_rates'`);
    expect(await failureOf(pipeline.computeDay(candidates, DAY, { beforeVerify }))).toMatchObject({
      type: 'CandidatesLost',
      message: `partition ${DAY}: 3 rows were written, 2 are there; ClickHouse restarted, or the insert was cut`,
    });
  });

  test('when their table was dropped before the INSERT, or before the verification', async () => {
    const lost = (candidates: string) => ({
      type: 'CandidatesLost',
      nonRetryable: true,
      message: `partition ${DAY}: the table ${candidates} is gone`,
    });
    const first = await pipeline.open();
    await harness.command(`DROP TABLE ${first}`);
    expect(await failureOf(pipeline.computeDay(first, DAY))).toEqual(lost(first));
    const candidates = await pipeline.open();
    const beforeVerify = () => harness.command(`DROP TABLE ${candidates}`);
    expect(await failureOf(pipeline.computeDay(candidates, DAY, { beforeVerify }))).toEqual(lost(candidates));
  });
});

describe('the recount', () => {
  const COUNTS = 'counts_match_source: A count of events is what an independent recount of the source finds.';
  const KEEP_ALL =
    "SELECT date, team_id, 'ai_generation_count' AS metric_name, toFloat64(uniqExact(event_id)) AS metric_value FROM {{ llm_events }}";
  const count = (where = '') => `${KEEP_ALL} ${where} GROUP BY date, team_id`;
  const raw = (and = '') =>
    `SELECT toDate(timestamp) AS date, team_id, 'ai_generation_count' AS metric_name, toFloat64(uniqExact(uuid)) AS metric_value FROM events WHERE toDate(timestamp) = '{{ date_start }}' ${and} GROUP BY date, team_id`;

  test('events that arrive between computation and verification fail nothing, and the look-back finds the day', async () => {
    await addEvents(harness, { day: DAY, count: 4 });
    const beforeVerify = () => addEvents(harness, { day: DAY, count: 3 }, { day: DAY, count: 2, team: 9 });
    await pipeline.backfill([DAY], { beforeVerify });
    const visible = await harness.select(
      `SELECT team_id, metric_value FROM llma_metrics_daily WHERE endsWith(metric_name, '_count')`,
    );
    expect(visible).toEqual([{ team_id: 1, metric_value: 4 }]);
    const lookback = {
      partition: '2026-03-11' as never,
      settings: await harness.run('readSettings', { kind: 'daily', input: {} }),
    };
    expect((await harness.run('checkLookback', lookback)).days).toContain(DAY);
    await pipeline.backfill([DAY]);
    expect((await harness.run('checkLookback', lookback)).days).not.toContain(DAY);
  });

  test('a template that counts the rows of a raw table is told of deliveries', async () => {
    await addEvents(harness, { day: DAY, count: 4 }, { day: DAY, count: 2, deliveries: 2 });
    harness.templates({ counts: raw().replace('uniqExact(uuid)', 'count()') });
    expect((await failureOf(pipeline.compute([DAY]))).message).toContain(
      `${COUNTS}\n  metric "ai_generation_count" of team 1 is 8, but the source has 6 such events; 2 deliveries of that day repeated one: count distinct ids, as uniqExact(uuid), not rows`,
    );
    harness.templates({ counts: raw() });
    await pipeline.compute([DAY]);
  });

  test('what a metric missed and the source has is recorded as late', async () => {
    // As on a server whose query reads two states of the source: the metric saw four events, the recount seven, the source has eight.
    harness.templates({ counts: raw('AND uuid NOT IN (SELECT uuid FROM events ORDER BY timestamp DESC LIMIT 3)') });
    await addEvents(harness, { day: DAY, count: 7 });
    const beforeVerify = () => addEvents(harness, { day: DAY, count: 1 });
    const { days } = await pipeline.compute([DAY], { beforeVerify });
    expect(days[0]).toMatchObject({ lateRows: 4, rows: 1, source: { rows: 7, fingerprint: '0' } });
  });

  test('a metric that is above the recount passes once the source has as many', async () => {
    harness.templates({ counts: rowsTemplate([1, 'ai_generation_count', 5]) });
    await addEvents(harness, { day: DAY, count: 4 });
    const beforeVerify = () => addEvents(harness, { day: DAY, count: 2 });
    const { days } = await pipeline.compute([DAY], { beforeVerify });
    expect(days[0]).toMatchObject({ lateRows: 1 });
  });

  describe('of a slice is never explained by what arrives later: no metric of it has seen that', () => {
    const byDate = (sql: string) => `-- metrics, by date: *\n${sql}`;
    const counts = async (sql: string, arriving: number) => {
      harness.templates({ counts: sql });
      const event = (n: number) => ({ day: DAY, properties: { $ai_model: n < 3 ? 'missed' : 'counted' } });
      await addEvents(harness, ...[0, 1, 2, 3, 4, 5, 6].map(event));
      const beforeVerify = () => addEvents(harness, { day: DAY, count: arriving });
      return (await failureOf(pipeline.backfill([DAY], { beforeVerify }))).message;
    };
    const MISSED = count("WHERE model != 'missed'");

    test.each([
      ['too little is counted by date', byDate(MISSED), 4],
      ['too little is counted', MISSED, 4],
      ['too much is counted', byDate(count().replace('uniqExact(event_id)', '2 + count()')), 9],
      ['too little is counted beside a raw table', `${MISSED}\nHAVING (SELECT count() FROM events) > 0`, 4],
    ])('%s', async (_, sql, counted) => {
      const found = sql.includes('FROM events') ? 12 : 7;
      expect(await counts(sql, 5)).toBe(
        `partition ${DAY} was not accepted:\n${COUNTS}\n  metric "ai_generation_count" of team 1 is ${counted}, but the source has ${found} such events`,
      );
      expect(await harness.select('SELECT 1 FROM llma_metrics_daily')).toEqual([]);
    });
  });

  test('a raw table may have more than the slice: it is read later', async () => {
    harness.templates({ counts: raw(), other: count().replace('ai_generation_count', 'other') });
    await addEvents(harness, { day: DAY, count: 4 });
    const candidates = await pipeline.open();
    const decoded = await pipeline.decode([DAY]);
    await addEvents(harness, { day: DAY, count: 2 });
    expect(await pipeline.computeDay(candidates, DAY, { decoded })).toMatchObject({ rows: 2, source: { rows: 4 } });
  });

  test('a template that counts too much is refused', async () => {
    harness.templates({ counts: count().replace('uniqExact(event_id)', '2 * count()') });
    await addEvents(harness, { day: DAY, count: 4 });
    expect(await failureOf(pipeline.compute([DAY]))).toEqual({
      type: 'VerificationFailed',
      nonRetryable: true,
      message: `partition ${DAY} was not accepted:\n${COUNTS}\n  metric "ai_generation_count" of team 1 is 8, but the source has 4 such events`,
    });
  });

  test('a template that counts too little is refused when nothing has arrived that could explain it', async () => {
    harness.templates({ counts: count('WHERE event_id NOT IN (SELECT toString(uuid) FROM events LIMIT 3)') });
    await addEvents(harness, { day: DAY, count: 7 });
    const { message } = await failureOf(pipeline.compute([DAY]));
    expect(message).toContain(
      `${COUNTS}\n  metric "ai_generation_count" of team 1 is 4, but the source has 7 such events`,
    );
  });

  test('a count of two templates is a key that is there twice, and of both: their sum is nobody’s', async () => {
    const shipped = readFileSync(packageFile('sql', 'event_counts.sql'), 'utf8');
    harness.templates({ event_counts: shipped, dup: count("WHERE event = '$ai_generation'") });
    const teams = [101, 102, 103, 104, 105, 106, 107];
    await addEvents(harness, ...teams.map((team) => ({ day: DAY, team, count: 2 })));
    const { message } = await failureOf(pipeline.compute([DAY]));
    const keys = teams
      .slice(0, 5)
      .map(
        (team) =>
          `team ${team} has 2 rows of metric "ai_generation_count", from template dup and template event_counts`,
      );
    expect(message.split('\n').slice(0, 8)).toEqual([
      `partition ${DAY} was not accepted:`,
      'duplicate_keys: A day has one row of each team and metric.',
      ...[...keys, '… and 2 more'].map((line) => `  ${line}`),
    ]);
    expect(message).not.toContain('counts_match_source');
  });

  test('a count that one template has twice is both: an INSERT that was repeated would be found without the keys', async () => {
    harness.templates({ counts: `${count()} UNION ALL ${count()}` });
    await addEvents(harness, { day: DAY, count: 4 });
    const { message } = await failureOf(pipeline.compute([DAY]));
    expect(message.match(/^\w+(?=:)/gm)).toEqual(['duplicate_keys', 'counts_match_source']);
    expect(message).toContain('of team 1 is 8, but the source has 4 such events');
  });

  test('a count of a team that has no events at all is refused', async () => {
    harness.templates({ counts: rowsTemplate([5, 'ai_generation_count', 1]) });
    expect((await failureOf(pipeline.compute([DAY]))).message).toContain(
      'of team 5 is 1, but the source has 0 such events',
    );
  });

  test.each(['event_counts', 'my_counts'])(
    'a count that lacks a team is refused, whatever its file is called: %s',
    async (name) => {
      harness.templates({ [name]: count('WHERE team_id = 1'), other: rowsTemplate([2, 'other', 1]) });
      await addEvents(
        harness,
        { day: DAY, count: 3 },
        { day: DAY, team: 2, count: 2 },
        { day: DAY, team: 3, count: 1 },
      );
      const { message } = await failureOf(pipeline.compute([DAY]));
      const lacks = (team: number, events: number) =>
        `  metric "ai_generation_count" of team ${team} is 0, but the source has ${events} such events`;
      expect(message.split('\n')).toEqual([`partition ${DAY} was not accepted:`, COUNTS, lacks(2, 2), lacks(3, 1)]);
    },
  );

  test('a count that no template returns is expected of the template that counts all types, and of no other', async () => {
    await addEvents(harness, { day: DAY, count: 3 }, { day: DAY, event: '$ai_span', team: 2, count: 2 });
    const where = "WHERE event = '$ai_generation'";
    harness.templates({ counts: count(where), none: count('WHERE false').replace('ai_generation', 'ai_span') });
    expect((await pipeline.compute([DAY])).days[0]).toMatchObject({ rows: 1, findings: [] });
    harness.templates({ event_counts: count(where) });
    expect((await failureOf(pipeline.compute([DAY]))).message).toContain(
      'metric "ai_span_count" of team 2 is 0, but the source has 2 such events',
    );
  });

  test('a metric of another name is nobody’s count', async () => {
    harness.templates({ other: rowsTemplate([5, 'my_count', 1000]) });
    await addEvents(harness, { day: DAY, count: 4 });
    expect((await pipeline.compute([DAY])).days[0]).toMatchObject({ lateRows: 0 });
  });
});
