/** Queries of a verification have limits like those that compute a day, and come back gentler like those. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { addDays, parsePartition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, addYear } from '../support/events.js';
import { failureOf, Pipeline, withPipeline } from '../support/pipeline.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase({
  environment: { LLMA_MAX_MEMORY_MB: '60', LLMA_MAX_THREADS: '3', LLMA_QUERY_NICE: '5' },
});
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');
const GOOD = `SELECT date, team_id, 'good' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;
const within = `timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}'`;

/** Settings of the queries of a verification, by what they ask. */
async function settingsOf(what: string): Promise<Record<string, string>[]> {
  await harness.command('SYSTEM FLUSH LOGS query_log');
  const rows = await harness.select<{ s: Record<string, string> }>(
    `SELECT Settings AS s FROM system.query_log
     WHERE type != 'QueryStart' AND current_database = '${harness.name}' AND JSONHas(log_comment, 'llma', {what:String}) AND query_kind = 'Select'
     ORDER BY event_time_microseconds`,
    { what },
  );
  return rows.map(({ s }) => s);
}

const LIMITS = { max_memory_usage: '60000000', priority: '10', os_threads_nice_value_query: '5' };

test('counts, audits and the recount of the source as it is now have the limits of the configuration', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  harness.templates({
    raw: `SELECT toDate(timestamp) AS date, team_id, 'ai_generation_count' AS metric_name, count() + 1 AS metric_value
          FROM events WHERE event = '$ai_generation' AND ${within} GROUP BY date, team_id`,
  });
  expect((await failureOf(pipeline.compute([DAY]))).message).toContain('counts_match_source');
  for (const what of ['count', 'audit']) {
    const all = await settingsOf(what);
    expect(all).not.toEqual([]);
    for (const settings of all) expect(settings).toMatchObject({ ...LIMITS, max_threads: '1' });
    for (const settings of all) expect(settings).not.toHaveProperty('max_rows_to_read');
  }
  const recounts = await settingsOf('recount');
  expect(recounts.at(-1)).toMatchObject({ ...LIMITS, max_threads: '3' });
});

describe('an audit that reads events', () => {
  const audit = (sql: string) => ({ good: GOOD, 'audits/mine': `-- blocking: Something holds.\n${sql}` });

  test.each([
    ['FROM events'],
    ["{% set table = 'events' %}FROM {{ table }}"],
    ['FROM {% if true %}events{% endif %}'],
    ['FROM/**/events'],
    ["# it's\nFROM events # it's\n"],
  ])('as %s, and forgot its date range is refused, by name', async (from) => {
    await addYear(harness);
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates(
      audit(`SELECT 'none' AS message FROM (SELECT count() AS n ${from} WHERE NOT ignore(properties)) WHERE n = 0`),
    );
    const failure = await failureOf(pipeline.compute([DAY]));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(
      /audits\/mine\.sql for partition 2026-03-10: it would read more rows than the INSERT of its days may .*date_start/,
    );
  });

  test('may compare them with all of the history, however long that is', async () => {
    for (let back = 1; back <= 56; back++) {
      await appendVersion(harness, {
        day: addDays(DAY, -back),
        template: 'good',
        metric: 'good',
        version: 1,
        rows: 20_000,
      });
    }
    await addEvents(harness, { day: DAY, count: 3 });
    const known = 'team_id NOT IN (SELECT team_id FROM {{ current }})';
    harness.templates(audit(`SELECT toString(team_id) AS message FROM {{ llm_events }} WHERE ${known}`));
    expect((await pipeline.compute([DAY])).days[0]!.rows).toBe(1);
    const twice = `${known.replace('{{ current }}', 'before')} AND -team_id NOT IN (SELECT -team_id FROM before)`;
    harness.templates(
      audit(`WITH before AS {{ current }} SELECT toString(team_id) AS message FROM {{ llm_events }} WHERE ${twice}`),
    );
    expect((await pipeline.compute([DAY])).days[0]!.rows).toBe(1);
  });

  test('and has a syntax error is named as any other', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates(audit(`SELECT 'none' AS message FROM events WHERE count() OVER > 3`));
    expect(await failureOf(pipeline.compute([DAY]))).toMatchObject({
      type: 'TemplateError',
      message: expect.stringMatching(/^sql\/audits\/mine\.sql for partition 2026-03-10: .* Syntax error/) as string,
    });
  });

  test('may read as much as the INSERT, with a slice of any size', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates(
      audit(
        `SELECT 'none' AS message FROM (SELECT count() AS n FROM events WHERE ${within} AND event LIKE '$ai%') AS a, (SELECT count() AS n FROM {{ llm_events }}) AS b WHERE a.n != b.n`,
      ),
    );
    expect((await pipeline.compute([DAY])).days[0]!.rows).toBe(1);
    // What always may be read, and three rows of the slice.
    expect((await settingsOf('audit')).at(-1)).toMatchObject({ ...LIMITS, max_rows_to_read: '1000003' });
  });
});

describe('an audit of the metrics alone has no such limit', () => {
  test.each([
    [`FROM {{ current }} WHERE metric_name IS DISTINCT FROM 'good' GROUP BY message`],
    ['FROM before', 'WITH before AS (SELECT team_id FROM {{ current }}) '],
  ])('%s', async (from, before = '') => {
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates({
      good: GOOD,
      'audits/mine': `-- blocking: Something holds.\n${before}SELECT 'none' AS message ${from}`,
    });
    await pipeline.compute([DAY]);
    expect((await settingsOf('audit')).at(-1)).not.toHaveProperty('max_rows_to_read');
  });

  test('and what it reads is asked once, not for each chunk', async () => {
    const asked = async () => {
      await harness.command('SYSTEM FLUSH LOGS query_log');
      const [row] = await harness.select<{ n: number }>(
        `SELECT toUInt32(count()) AS n FROM system.query_log WHERE type = 'QueryStart' AND current_database = '${harness.name}' AND query LIKE '%EXPLAIN AST%AS audit,%' AND query NOT LIKE '%query_log%'`,
      );
      return row!.n;
    };
    const days = [DAY, addDays(DAY, 1)];
    await addEvents(harness, ...days.map((day) => ({ day, count: 3 })));
    await pipeline.compute([days[0]!]);
    const before = await asked();
    expect(before).toBeGreaterThan(0);
    await pipeline.cleanUp();
    await pipeline.compute([days[1]!]);
    expect(await asked()).toBe(before);
  });
});

test('a verification that found no memory comes back gentler, and succeeds', async () => {
  const hungry = '(SELECT count() FROM (SELECT toString(number) AS k FROM numbers(900000) GROUP BY k))';
  await addEvents(harness, { day: DAY, count: 3 });
  harness.templates({
    good: GOOD,
    'audits/hungry': `-- blocking: There are keys.\nSELECT 'none' AS message WHERE ${hungry} = 0`,
  });
  let attempt = 1;
  let heartbeatDetails: unknown;
  const again = new Pipeline({
    settings: harness.settings,
    run: (name, input) => {
      if (name !== 'verifyRowCounts') return harness.run(name, input);
      const environment = harness.environment({ attempt, heartbeatDetails });
      environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
      return harness.run(name, input, environment);
    },
  });
  onTestFinished(() => again.cleanUp());
  expect(await failureOf(again.compute([DAY]))).toMatchObject({ type: 'ClickHouseOverloaded', nonRetryable: false });
  attempt = 2;
  expect((await again.compute([DAY])).days[0]!.rows).toBe(1);
  expect((await settingsOf('audit')).at(-1)).toMatchObject({
    max_threads: '1',
    max_bytes_before_external_group_by: '16777216',
    max_bytes_before_external_sort: '16777216',
  });
});
