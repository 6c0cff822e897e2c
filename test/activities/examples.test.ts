import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { loadTrace, parseTrace, TRACE_DATE, TRACE_FILES } from '../../examples/load-trace.js';
import { openEvents, property, type EventsHarness } from '../support/events-table.js';

let events: EventsHarness;

beforeAll(() => {
  events = openEvents();
});

afterAll(() => events.close());

describe('the real trace', () => {
  let database: string;

  beforeAll(async () => {
    database = await events.newDatabase();
    expect(await loadTrace({ clickhouse: events.clickhouse, database })).toEqual({ events: 28_185, inserted: 28_185 });
  });

  test.each(TRACE_FILES)('$file: calls, times and token sums are the file’s own', async ({ file, teamId }) => {
    const lines = readFileSync(packageFile('examples', file), 'utf8').trimEnd().split('\n').slice(1);
    const cells = lines.map((line) => line.trimEnd().split(','));
    const sum = (column: number): number => cells.reduce((total, row) => total + Number(row[column]), 0);
    const times = cells.map((row) => String(row[0]).slice(0, 26)).sort();

    expect(
      await events.select(
        database,
        `SELECT count() AS calls, uniqExact(uuid) AS ids,
           sum(${property('$ai_input_tokens', 'UInt64')}) AS input,
           sum(${property('$ai_output_tokens', 'UInt64')}) AS output,
           sum(${property('$ai_total_tokens', 'UInt64')}) AS total,
           toString(min(timestamp)) AS first, toString(max(timestamp)) AS last
         FROM events WHERE team_id = ${teamId}`,
      ),
    ).toEqual([
      {
        calls: lines.length,
        ids: lines.length,
        input: sum(1),
        output: sum(2),
        total: sum(1) + sum(2),
        first: times[0],
        last: times.at(-1),
      },
    ]);
  });

  test('19,366 calls of team 1 and 8,819 of team 2, all of one day', async () => {
    expect(
      await events.select(
        database,
        `SELECT team_id, toString(toDate(timestamp)) AS date, count() AS n FROM events GROUP BY 1, 2 ORDER BY 1`,
      ),
    ).toEqual([
      { team_id: 1, date: TRACE_DATE, n: 19_366 },
      { team_id: 2, date: TRACE_DATE, n: 8_819 },
    ]);
  });

  test('nothing is invented', async () => {
    expect(
      await events.select(
        database,
        `SELECT DISTINCT event, arraySort(JSONExtractKeys(properties)) AS keys, distinct_id,
           created_at = toDateTime64(timestamp, 3) AS as_ingested, _timestamp = toDateTime(timestamp) AS at_once FROM events`,
      ),
    ).toEqual([
      {
        event: '$ai_generation',
        keys: ['$ai_input_tokens', '$ai_output_tokens', '$ai_total_tokens'],
        distinct_id: '',
        as_ingested: 1,
        at_once: 1,
      },
    ]);
  });

  test('loading it again changes nothing, and adds what is missing', async () => {
    const before = await events.fingerprint(database);
    expect(await loadTrace({ clickhouse: events.clickhouse, database })).toEqual({ events: 28_185, inserted: 0 });
    expect(await events.fingerprint(database)).toEqual(before);

    await events.clickhouse.command({ query: `DELETE FROM ${database}.events WHERE cityHash64(uuid) % 10 = 0` });
    const { inserted } = await loadTrace({ clickhouse: events.clickhouse, database });
    expect(inserted).toBeGreaterThan(2_000);
    expect(await events.fingerprint(database)).toEqual(before);
  });

  test('a file that is something else is refused, with file and line', () => {
    const of = { file: 'x.csv', teamId: 1 };
    expect(() => parseTrace('a,b\n1,2\n', of)).toThrow('examples/x.csv: expected the header TIMESTAMP');
    const good = 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44';
    expect(parseTrace(good, of)).toHaveLength(1);
    expect(() => parseTrace(`${good}\n2023-11-16 18:15:46.6805901,374,44`, of)).toThrow('examples/x.csv:3: expected');
  });
});
