/** Calls and errors of each model and tool: the states of a slice, as llma_metrics_daily_by shows them. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fillIn, loadStatement } from '../../clickhouse/statement.js';
import { packageFile } from '../../config/package-file.js';
import { wrapStates } from '../../templates/wrap-states.js';
import { DAY, openSqlHarness, shippedCatalogue, shortly, type SqlHarness } from './harness.js';
import { DAYS, threeDays } from './shipped-arbitrary.js';
import { differences, expectedBy, type Metrics } from './shipped-oracle.js';
import { makeSlice, SLICE_EVENTS } from './slice.js';

let sql: SqlHarness;
const catalogue = shippedCatalogue('models_and_tools');
const STATES = readFileSync(packageFile('sql', 'states', 'models_and_tools.sql'), 'utf8');

beforeAll(async () => {
  sql = await openSqlHarness();
});
beforeEach(() => sql.clear());
afterAll(() => sql.close());

const fillSlice = (days: readonly string[], eventTypes?: readonly string[]) =>
  makeSlice(sql, catalogue, { days, ...(eventTypes ? { eventTypes } : {}) });

/** Makes the view, of the states of some days that are computed together. */
async function makeView(days: readonly string[]): Promise<void> {
  const llm_events = `(SELECT * FROM ${SLICE_EVENTS} WHERE toString(date) IN ('${days.join("', '")}'))`;
  const states = wrapStates({ name: 'models_and_tools', sql: fillIn(STATES, { llm_events }) });
  await sql.command(`CREATE OR REPLACE TABLE states ENGINE = Memory AS ${states}`);
  const names = { daily_by: 'by', mergeable: 'states', on_cluster: '' };
  await sql.command(loadStatement('schema/000016_metrics_daily_by.sql', names));
}

async function by(days: readonly string[]): Promise<Metrics> {
  await makeView(days);
  const rows = await sql.select<
    Record<'date' | 'metric_name' | 'dimension' | 'value', string> & { team_id: number; metric_value: number }
  >('SELECT * FROM by');
  const found: Metrics = new Map(
    rows.map((row) => [
      `${row.date} ${row.team_id} ${row.metric_name} ${row.dimension} ${JSON.stringify(row.value)}`,
      row.metric_value,
    ]),
  );
  expect(found.size).toBe(rows.length);
  return found;
}

/** Rows of the day that this is about, of team 1's generations, as `count dimension "value" = n`. */
async function shown(): Promise<string[]> {
  await fillSlice([DAY]);
  return [...(await by([DAY]))].map(([name, n]) => `${name.replace(`${DAY} 1 ai_generation_`, '')} = ${n}`).sort();
}

test('random events: what counting them by hand gives, of each day alone and of all days at once', async () => {
  let rows = 0;
  const property = fc.asyncProperty(threeDays, async (deliveries) => {
    await sql.clear();
    await sql.insert(deliveries);
    await fillSlice(DAYS);
    const expected = expectedBy(deliveries);
    expect(differences(await by(DAYS), expected)).toEqual([]);
    const alone: Metrics = new Map();
    for (const day of DAYS) for (const [name, value] of await by([day])) alone.set(name, value);
    expect(differences(alone, expected)).toEqual([]);
    rows += expected.size;
  });
  await fc.assert(property, { numRuns: 4, endOnFailure: true });
  expect(rows).toBeGreaterThan(300);
});

describe('names', () => {
  test('are there as they are, cut after 200 characters; none is not one', async () => {
    const names = [`it's "a" \\ model`, 'a\u0000b', '\u0000', '😀'.repeat(200), ' ', 'None', 'null'];
    const cut = [`${'é'.repeat(200)}1`, `${'é'.repeat(200)}2`];
    const none = ['', null, undefined];
    await sql.insert([...names, ...cut, ...none].map((name) => ({ properties: { $ai_model: name } })));
    const expected = names.map((name) => `count model ${JSON.stringify(name)} = 1`);
    expect(await shown()).toEqual([...expected, `count model "${'é'.repeat(200)}" = 2`].sort());
    expect(shortly(await sql.compute(catalogue))).toEqual(['1 ai_generation_models = 9']);
  });

  test('that are no UTF-8 are as good as others', async () => {
    await sql.insert([{}, {}, {}, {}]);
    await fillSlice([DAY]);
    await sql.command(`CREATE OR REPLACE TABLE slice ENGINE = Memory AS
      SELECT * REPLACE (['\\xff', '\\x80\\x80', '\\xc3', 'a\\xf0\\x9f'][rowNumberInAllBlocks() + 1] AS tool) FROM slice`);
    await makeView([DAY]);
    const [hex] = await sql.select<{ names: string[] }>('SELECT arraySort(groupArray(hex(value))) AS names FROM by');
    expect(hex?.names).toEqual(['61F09F', '8080', 'C3', 'FF']);
  });
});

describe('the hundred with most calls are there by name', () => {
  const called = (name: string, times: number, failed = false) =>
    Array.from({ length: times }, () => ({ properties: { $ai_tool_name: name, $ai_is_error: failed } }));
  const padded = (n: number) => `t${String(n).padStart(3, '0')}`;

  test('a hundred: no others', async () => {
    await sql.insert(Array.from({ length: 100 }, (_, n) => called(padded(n), 1)).flat());
    const rows = await shown();
    expect(rows).toHaveLength(100);
    expect(rows[0]).toBe('count tool "t000" = 1');
  });

  test('of as many calls the first ones by name, whatever else they did; the others are one, with their errors', async () => {
    await sql.insert([
      ...Array.from({ length: 102 }, (_, n) => called(padded(n), 1, n > 99)).flat(),
      ...[...called('z', 2, true), ...called('', 5, true)],
    ]);
    const rows = await shown();
    expect(rows.filter((row) => row.startsWith('error'))).toEqual([
      'error_count tool "" = 2',
      'error_count tool "z" = 2',
    ]);
    expect(rows.filter((row) => row.startsWith('count'))).toEqual(
      ['"" = 3', ...Array.from({ length: 99 }, (_, n) => `"${padded(n)}" = 1`), '"z" = 2'].map(
        (row) => `count tool ${row}`,
      ),
    );
    expect(shortly(await sql.compute(catalogue))).toEqual(['1 ai_generation_tools = 103']);
  });
});

test('each day, team, type and dimension has a hundred of its own', async () => {
  const events = Array.from({ length: 60 }, (_, n) => {
    const of = (group: string) => ({ properties: { $ai_model: `m${group}${n}`, $ai_tool_name: `t${group}${n}` } });
    const timestamp = `${DAYS[0]} 12:00:00`;
    return [of('a'), { ...of('b'), timestamp }, { ...of('c'), team_id: 2 }, { ...of('d'), event: '$ai_span' }];
  }).flat();
  await sql.insert(events);
  await fillSlice(DAYS);
  const rows = await by(DAYS);
  expect(rows.size).toBe(2 * events.length);
  expect([...rows.keys()].filter((name) => name.endsWith('""'))).toEqual([]);
});

test('event types that differ in their $ alone are one', async () => {
  const eventTypes = ['$ai_span', 'ai_span'];
  const named = (event: string, name: string) => ({ event, properties: { $ai_model: name } });
  await sql.insert([named('$ai_span', 'a'), named('ai_span', 'a'), named('ai_span', 'b')]);
  await fillSlice([DAY], eventTypes);
  expect([...(await by([DAY]))].sort()).toEqual([
    [`${DAY} 1 ai_span_count model "a"`, 2],
    [`${DAY} 1 ai_span_count model "b"`, 1],
  ]);
  expect(shortly(await sql.compute(catalogue, { eventTypes }))).toEqual(['1 ai_span_models = 2']);
});
