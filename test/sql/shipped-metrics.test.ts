import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fillIn } from '../../clickhouse/statement.js';
import { renderSources } from '../../templates/relation.js';
import {
  DAY,
  EVENT_TYPES,
  openSqlHarness,
  shippedCatalogue,
  shortly,
  type GivenEvent,
  type SqlHarness,
} from './harness.js';

let sql: SqlHarness;
const counts = shippedCatalogue('event_counts');
const rates = shippedCatalogue('error_rates');
const ERROR = { $ai_is_error: true };

beforeAll(async () => {
  sql = await openSqlHarness();
});
beforeEach(() => sql.clear());
afterAll(() => sql.close());

const times = (count: number, event: GivenEvent): GivenEvent[] => Array.from({ length: count }, () => event);

describe('event_counts', () => {
  test('counts the events of each type and team, under the original’s names', async () => {
    await sql.insert([
      ...times(3, { event: '$ai_generation' }),
      ...times(2, { event: '$ai_trace' }),
      { event: '$ai_span' },
      { event: '$ai_embedding', team_id: 2 },
      { event: '$ai_metric' },
    ]);
    expect(await sql.compute(counts)).toEqual([
      { date: DAY, team_id: 1, metric_name: 'ai_generation_count', metric_value: 3, template: 'event_counts' },
      { date: DAY, team_id: 1, metric_name: 'ai_span_count', metric_value: 1, template: 'event_counts' },
      { date: DAY, team_id: 1, metric_name: 'ai_trace_count', metric_value: 2, template: 'event_counts' },
      { date: DAY, team_id: 2, metric_name: 'ai_embedding_count', metric_value: 1, template: 'event_counts' },
    ]);
  });

  test('an event that was delivered twice counts once', async () => {
    const uuid = '00000000-0000-0000-0000-000000000001';
    await sql.insert([{ uuid }, { uuid, timestamp: `${DAY} 13:00:00` }, {}]);
    expect(shortly(await sql.compute(counts))).toEqual(['1 ai_generation_count = 2']);
  });

  test('a day without events has no rows', async () => {
    await sql.insert([{ timestamp: '2025-03-09 23:59:59' }, { timestamp: '2025-03-11 00:00:00' }]);
    expect(await sql.compute(counts)).toEqual([]);
  });

  test('other event types than the original’s, and team 0', async () => {
    await sql.insert([
      { event: '$ai_tool', team_id: 0 },
      { event: 'plain event', team_id: 0 },
      { event: '$$double', team_id: 0 },
    ]);
    const rows = await sql.compute(counts, { eventTypes: ['$ai_tool', 'plain event', '$$double'] });
    expect(shortly(rows)).toEqual(['0 ai_tool_count = 1', '0 double_count = 1', '0 plain event_count = 1']);
  });

  test('event types that differ in their $ alone are one metric, not two rows of it', async () => {
    await sql.insert([{ event: '$ai_span' }, { event: 'ai_span' }]);
    expect(shortly(await sql.compute(counts, { eventTypes: ['$ai_span', 'ai_span'] }))).toEqual([
      '1 ai_span_count = 2',
    ]);
  });

  test('nor two states, whichever states are shipped', async () => {
    await sql.command(`CREATE TABLE typed ENGINE = Memory AS ${sliceOf('2025-03-09', '2025-03-12')}`);
    await sql.command(`INSERT INTO typed (date, team_id, event, trace_id, latency_ms, model)
      SELECT '${DAY}', 1, ['$ai_span', 'ai_span'][number + 1], 't', 1, 'm' FROM numbers(2)`);
    for (const { states } of shippedCatalogue().templates) {
      if (!states) continue;
      const sqlOf = fillIn(states.source, { llm_events: 'typed' });
      const names = await sql.select<{ metric_name: string }>(`SELECT metric_name FROM (\n${sqlOf}\n) ORDER BY ALL`);
      expect(names.length).toBeGreaterThan(0);
      expect(new Set(names.map((row) => row.metric_name)).size, states.file).toBe(names.length);
    }
    await sql.command('DROP TABLE typed');
  });
});

describe('error_rates', () => {
  test('a rate in percent with two digits, and its numerator', async () => {
    await sql.insert([...times(1, { properties: ERROR }), ...times(2, {}), { event: '$ai_trace', properties: ERROR }]);
    expect(await sql.compute(rates)).toEqual([
      { date: DAY, team_id: 1, metric_name: 'ai_generation_error_count', metric_value: 1, template: 'error_rates' },
      { date: DAY, team_id: 1, metric_name: 'ai_generation_error_rate', metric_value: 33.33, template: 'error_rates' },
      { date: DAY, team_id: 1, metric_name: 'ai_trace_error_count', metric_value: 1, template: 'error_rates' },
      { date: DAY, team_id: 1, metric_name: 'ai_trace_error_rate', metric_value: 100, template: 'error_rates' },
    ]);
  });

  test('no errors: the rate is 0, and there is no count of zero', async () => {
    await sql.insert(times(3, {}));
    expect(shortly(await sql.compute(rates))).toEqual(['1 ai_generation_error_rate = 0']);
  });

  test('no events: no rate', async () => {
    await sql.insert([{ event: '$pageview', properties: ERROR }]);
    expect(await sql.compute(rates)).toEqual([]);
  });

  test.each([
    ['the second delivery says error', [{}, ERROR]],
    ['the first delivery says error', [ERROR, {}]],
    ['both say error', [ERROR, ERROR]],
  ])('an event that was delivered twice is one event, and an error if %s', async (_what, deliveries) => {
    const uuid = '00000000-0000-0000-0000-000000000001';
    await sql.insert([...deliveries.map((properties) => ({ uuid, properties })), {}]);
    expect(shortly(await sql.compute(rates))).toEqual([
      '1 ai_generation_error_count = 1',
      '1 ai_generation_error_rate = 50',
    ]);
  });

  test('a rate too small for two digits still has its count', async () => {
    await sql.insert([{ properties: ERROR }, ...times(30_000, {})]);
    expect(shortly(await sql.compute(rates))).toEqual([
      '1 ai_generation_error_count = 1',
      '1 ai_generation_error_rate = 0',
    ]);
  });
});

test('together they give the original’s eight metrics, and the numerators', async () => {
  await sql.insert(EVENT_TYPES.map((event) => ({ event, properties: ERROR })));
  const rows = await sql.compute(shippedCatalogue('event_counts', 'error_rates'));
  const kinds = ['embedding', 'generation', 'span', 'trace'];
  const names = kinds.flatMap((kind) => ['count', 'error_count', 'error_rate'].map((metric) => `ai_${kind}_${metric}`));
  expect(rows.map(({ metric_name }) => metric_name)).toEqual(names);
});

test('random events give what counting them by hand gives', async () => {
  const random = pick(20250310);
  const uuids = Array.from({ length: 150 }, (_, index) => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`);
  // An event id says the team and the type; deliveries of it may differ in whether it failed, and when.
  const deliveries = Array.from({ length: 400 }, () => {
    const index = random(uuids.length);
    const properties = random(5) === 0 ? ERROR : {};
    const timestamp = `${DAY} ${String(random(24)).padStart(2, '0')}:00:00`;
    return { uuid: uuids[index]!, team_id: index % 3, event: EVENT_TYPES[index % 4]!, properties, timestamp };
  });
  await sql.insert(deliveries);
  const groups = new Map<string, { ids: Set<string>; errors: Set<string> }>();
  for (const { uuid, team_id, event, properties } of deliveries) {
    const key = `${team_id} ${event.slice(1)}`;
    const group = groups.get(key) ?? { ids: new Set(), errors: new Set() };
    group.ids.add(uuid);
    if (properties === ERROR) group.errors.add(uuid);
    groups.set(key, group);
  }
  const expected = [...groups].flatMap(([key, { ids, errors }]) => [
    `${key}_count = ${ids.size}`,
    ...(errors.size > 0 ? [`${key}_error_count = ${errors.size}`] : []),
    `${key}_error_rate = ${Math.round((errors.size / ids.size) * 10_000) / 100}`,
  ]);
  expect(shortly(await sql.compute(shippedCatalogue('event_counts', 'error_rates'))).sort()).toEqual(expected.sort());
});

/** Numbers below a limit, the same in every run. */
function pick(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test('they say the same of a slice as of the sources', async () => {
  await sql.insert([{ properties: ERROR }, {}, { event: '$ai_span' }, { timestamp: '2025-03-11 00:00:00' }]);
  const direct = await sql.compute(shippedCatalogue('event_counts', 'error_rates'));
  await sql.command(`CREATE TABLE slice ENGINE = Memory AS ${sliceOf('2025-03-09', '2025-03-12')}`);
  expect(
    await sql.compute(shippedCatalogue('event_counts', 'error_rates'), { llmEvents: `${sql.database}.slice` }),
  ).toEqual(direct);
  await sql.command('DROP TABLE slice');
});

function sliceOf(dateStart: string, dateEnd: string): string {
  return renderSources(counts, { eventTypes: EVENT_TYPES, dateStart, dateEnd })
    .map((source) => source.counted)
    .join(' UNION ALL ');
}
