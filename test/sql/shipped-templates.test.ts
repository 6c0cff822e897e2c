/** All shipped templates against an independent computation, and several days at once against each day alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { loadTrace, TRACE_DATE } from '../../examples/load-trace.js';
import { CANONICAL_NAMES } from '../../templates/canonical.js';
import { declaredExpression } from '../../templates/header.js';
import { distinctEventsRelation } from '../../templates/relation.js';
import { unionOf, wrapTemplate } from '../../templates/wrap.js';
import { openEvents } from '../support/events-table.js';
import {
  DAY,
  EVENT_TYPES,
  catalogueOf,
  openSqlHarness,
  removeSqlDirs,
  shippedCatalogue,
  shortly,
  type GivenEvent,
  type MetricRow,
  type SqlHarness,
} from './harness.js';
import { DAYS, threeDays } from './shipped-arbitrary.js';
import { differences, expectedMetrics, type Delivery, type Metrics } from './shipped-oracle.js';
import { makeSlice, SLICE_EVENTS } from './slice.js';

let sql: SqlHarness;
const all = shippedCatalogue();

beforeAll(async () => {
  sql = await openSqlHarness();
});
beforeEach(() => sql.clear());
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const COLUMNS = 'uuid, event, properties, timestamp, team_id, distinct_id, created_at';

function metricsOf(rows: readonly Omit<MetricRow, 'template'>[]): Metrics {
  return new Map(
    rows.map(({ date, team_id, metric_name, metric_value }) => [`${date} ${team_id} ${metric_name}`, metric_value]),
  );
}

/** Every template over all that is in the slice, whatever its day. */
async function together(): Promise<Metrics> {
  const rendered = all.templates.map(({ name }) => ({
    name,
    sql: all.environment.render(`${name}.sql`, { llm_events: SLICE_EVENTS }),
  }));
  return metricsOf(await sql.select<MetricRow>(unionOf(rendered.map(wrapTemplate))));
}

async function alone(partition: string): Promise<MetricRow[]> {
  return await sql.compute(all, { partition, llmEvents: `${sql.database}.slice` });
}

/** What is there of one day after these events. */
async function rowsOf(events: readonly GivenEvent[], day: string = DAY): Promise<MetricRow[]> {
  if (events.length > 0) await sql.insert(events);
  await makeSlice(sql, all, { days: [day] });
  return await alone(day);
}

test('random events: what an independent computation finds, of each day alone, and of all days at once with the other columns', async () => {
  let rows = 0;
  const property = fc.asyncProperty(threeDays, async (deliveries) => {
    await sql.clear();
    await sql.insert(deliveries);
    await makeSlice(sql, all, { days: DAYS });
    const days: MetricRow[] = [];
    for (const day of DAYS) days.push(...(await alone(day)));
    expect(differences(metricsOf(days), expectedMetrics(deliveries))).toEqual([]);
    await makeSlice(sql, all, { days: DAYS, narrow: false });
    // What templates read where there is no slice.
    const range = { eventTypes: EVENT_TYPES, dateStart: DAYS[0], dateEnd: '2025-03-12' };
    const fromSource = `SELECT ${CANONICAL_NAMES} FROM ${distinctEventsRelation(all, range)}`;
    const fromSlice = `SELECT ${CANONICAL_NAMES} FROM ${SLICE_EVENTS}`;
    expect(
      await sql.select(`(${fromSource} EXCEPT ${fromSlice}) UNION ALL (${fromSlice} EXCEPT ${fromSource})`),
    ).toEqual([]);
    expect(differences(await together(), metricsOf(days))).toEqual([]);
    rows += days.length;
  });
  await fc.assert(property, { numRuns: 4, endOnFailure: true, reporter: briefly });
  expect(rows).toBeGreaterThan(500);
});

/** What differs says enough: the events of a failed run are many. They are made again from its seed. */
function briefly({ failed, seed, errorInstance }: fc.RunDetails<[Delivery[]]>): void {
  if (failed) throw new Error(`failed with { seed: ${seed} }`, { cause: errorInstance });
}

test('the real trace: sums and counts are what adding up its lines gives', async () => {
  const { clickhouse, close } = openEvents();
  await loadTrace({ clickhouse, database: sql.database });
  await close();
  const deliveries = await sql.select<Delivery>(`SELECT ${COLUMNS} FROM events`);
  expect(deliveries).toHaveLength(28_185);
  const found = metricsOf(await rowsOf([], TRACE_DATE));
  expect(differences(found, expectedMetrics(deliveries))).toEqual([]);
  // No latency, no cost and no ids: they have no rows.
  expect([...found.keys()].filter((name) => !/_(count|error_rate|tokens)$/.test(name))).toEqual([]);
});

describe('the original’s ten templates', () => {
  const seeds = readdirSync(packageFile('bench', 'reference', 'seed-way'));
  const original = () =>
    catalogueOf(
      Object.fromEntries(
        seeds.map((file) => [file, readFileSync(packageFile('bench', 'reference', 'seed-way', file), 'utf8')]),
      ),
    );

  test('say the same under the same names, where an event is delivered once and says all that it can', async () => {
    const random = pick(7);
    const ours = metricsOf(await rowsOf(Array.from({ length: 300 }, () => wholeEvent(random))));
    expect(original().templates.map(({ name }) => name)).toEqual(seeds.map((file) => basename(file, '.sql')));
    const theirs = metricsOf(await sql.compute(original()));
    expect(theirs.size).toBe(2 * 4 * seeds.length);
    const shared = new Map([...ours].filter(([name]) => theirs.has(name)));
    expect(differences(shared, theirs)).toEqual([]);
  });
});

function wholeEvent(random: (limit: number) => number): GivenEvent {
  return {
    event: EVENT_TYPES[random(4)]!,
    team_id: 1 + random(2),
    distinct_id: `u${random(5)}`,
    properties: {
      $ai_trace_id: `t${random(40)}`,
      $ai_session_id: `s${random(9)}`,
      $ai_input_tokens: random(8000),
      $ai_output_tokens: random(2000),
      $ai_total_cost_usd: random(100_000) / 1e6,
      $ai_latency: (1 + random(30_000)) / 1000,
      $ai_is_error: random(5) === 0,
    },
  };
}

/** Numbers below a limit, the same in every run. */
function pick(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe('no row', () => {
  test('where nothing was reported; a sum of zeros has one', async () => {
    const properties = { $ai_input_tokens: 0, $ai_output_tokens: null, $ai_total_cost_usd: 0, $ai_latency: 0 };
    expect(shortly(await rowsOf([{ properties, distinct_id: '' }]))).toEqual([
      '1 ai_generation_cost_usd = 0',
      '1 ai_generation_count = 1',
      '1 ai_generation_error_rate = 0',
      '1 ai_generation_input_tokens = 0',
      '1 ai_generation_total_tokens = 0',
    ]);
  });

  test('for traces that failed, when none did: their rate is 0', async () => {
    const properties = { $ai_trace_id: 't' };
    const errors = { properties: { $ai_is_error: true } };
    const rows = await rowsOf([{ properties }, { properties, event: '$ai_span' }, errors]);
    expect(shortly(rows).filter((row) => row.includes('trace'))).toEqual([
      '1 ai_generation_traces = 1',
      '1 ai_span_traces = 1',
      '1 ai_trace_id_count = 1',
      '1 ai_trace_id_has_error_rate = 0',
    ]);
  });
});

test('a trace in which one event of any type failed is one that failed', async () => {
  const of = (trace: string, event: string, failed: boolean): GivenEvent => ({
    event,
    properties: { $ai_trace_id: trace, $ai_is_error: failed },
  });
  const rows = await rowsOf([
    ...[of('a', '$ai_generation', false), of('a', '$ai_span', true), of('a', '$ai_trace', true)],
    ...[of('b', '$ai_generation', false), of('c', '$ai_trace', false)],
  ]);
  expect(shortly(rows).filter((row) => row.includes('trace_id'))).toEqual([
    '1 ai_trace_id_count = 3',
    '1 ai_trace_id_has_error_count = 1',
    '1 ai_trace_id_has_error_rate = 33.33',
  ]);
});

test('sums beyond 2^64 do not begin anew', async () => {
  await sql.insert([{ properties: { $ai_input_tokens: 2 ** 53 - 1 } }]);
  await sql.command(
    'INSERT INTO events (uuid, event, properties, timestamp, team_id) SELECT generateUUIDv4(number), e.event, e.properties, e.timestamp, e.team_id FROM events AS e CROSS JOIN numbers(4095) AS n',
  );
  const rows = metricsOf(await rowsOf([]));
  expect(rows.get(`${DAY} 1 ai_generation_input_tokens`)).toBeCloseTo(2 ** 65, -12);
});

test('templates name in their headers what they return, and no two of them the same', async () => {
  const patterns = all.templates.map(({ name, declaredMetrics = [] }) => ({
    name,
    of: declaredMetrics.map((pattern) => new RegExp(declaredExpression(pattern))),
  }));
  const rows = await rowsOf(EVENT_TYPES.map((event) => ({ ...wholeEvent(() => 0), event })));
  for (const { metric_name, template } of rows) {
    expect(patterns.find(({ name }) => name === template)?.of.some((pattern) => pattern.test(metric_name))).toBe(true);
  }
  expect(new Set(rows.map(({ metric_name }) => metric_name)).size).toBe(rows.length);
});
