import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { statementsTable } from '../../bench/job-tables.js';
import { kindOf } from '../../bench/kinds.js';
import { serverTime, statementsSince } from '../../bench/query-log.js';
import { reference } from '../../bench/reference.js';
import { sum } from '../../bench/statistics.js';
import { summed, timed } from '../../bench/timed.js';
import { withDatabase } from '../support/activity-harness.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
let clickhouse: ClickHouseClient;

beforeAll(() => {
  clickhouse = createClient({
    url: inject('clickhouseUrl'),
    database: harness.name,
    clickhouse_settings: { wait_end_of_query: 1, output_format_json_quote_64bit_integers: 0 },
  });
});
afterAll(() => clickhouse.close());

const DAYS = ['2025-03-10', '2025-03-11'];

test('statements of a day’s way are told apart, and what they read of events is the bytes that the reference reads', async () => {
  const params = { start: DAYS[0], per_day: 500, days: 2, teams: 3, pad: 100 };
  await clickhouse.command({ query: reference('events.sql'), query_params: params });
  const since = await serverTime(clickhouse);
  await pipeline.backfill(DAYS, { metrics: ['event_counts'] });
  const range = { from: DAYS[0], to: '2025-03-12' };
  const floor = await summed(clickhouse, [[await timed(clickhouse, reference('floor.sql'), range)]]);

  const log = await statementsSince(clickhouse, since);
  const kinds = new Set(log.map(kindOf));
  for (const kind of ['decode', 'count of the slice', 'insert of candidates', 'audits', 'accept', 'publish']) {
    expect(kinds).toContain(kind);
  }
  const reading = log.filter(({ reads_events, read_rows }) => reads_events && read_rows > 0);
  expect(reading.map(kindOf)).toContain('decode');
  expect(floor.readRows).toBe(1000);
  const bytes = sum(reading.map(({ read_bytes }) => read_bytes));
  expect(bytes).toBeGreaterThan(floor.readBytes);
  expect(bytes).toBeLessThan(floor.readBytes * 1.5);

  const table = statementsTable([log]);
  expect(table.rows.find(([kind]) => kind === 'decode')?.[1]).toBe(1);
  expect(table.note).toContain('1 a job');
});
