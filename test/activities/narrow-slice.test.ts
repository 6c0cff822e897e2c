/** A slice has no other columns than the templates need, and what it has is the same with the others and without. */
import { expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { readFileSync } from 'node:fs';
import { METRIC_COLUMNS, NARROW_SLICE_COLUMNS, SLICE_COLUMNS } from '../../templates/canonical.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';
const shipped = (file: string) => readFileSync(packageFile('sql', file), 'utf8');
const TEMPLATES = ['event_counts', 'error_rates', 'tokens_and_cost', 'latency', 'distinct_ids'] as const;
const FILES = [...TEMPLATES, 'states/latency', 'states/distinct_ids', 'sources/posthog_events'];
const SHIPPED = Object.fromEntries(FILES.map((name) => [name, shipped(`${name}.sql`)]));
const counting = (from: string) =>
  `-- metrics, by date: x\nSELECT date, team_id, 'x' AS metric_name, toFloat64(count()) AS metric_value FROM ${from} GROUP BY date, team_id`;
const BY_PROVIDER = counting('(SELECT DISTINCT date, team_id, provider FROM {{ llm_events }})');

async function columnsFor(templates: Readonly<Record<string, string>>, metrics?: readonly string[]) {
  harness.templates(templates);
  const { slice } = await pipeline.decode([DAY], metrics ? { metrics } : {});
  const rows = await harness.select<{ name: string; type: string }>(
    'SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String} ORDER BY position',
    { database: harness.name, table: slice?.table },
  );
  return rows.map(({ name, type }) => ({ name, type }));
}

test('the shipped templates and their states need the columns of metrics alone; a part of them, too', async () => {
  expect(await columnsFor(SHIPPED)).toEqual(NARROW_SLICE_COLUMNS);
  expect(await columnsFor(SHIPPED, ['event_counts'])).toEqual(NARROW_SLICE_COLUMNS);
  expect(await columnsFor({ ...SHIPPED, all: counting('(SELECT * FROM {{ llm_events }})') })).toEqual(
    NARROW_SLICE_COLUMNS,
  );
});

test.each([
  ['a column', BY_PROVIDER],
  ['a column that nothing comes of', counting('(SELECT *, provider AS m FROM {{ llm_events }})')],
  ['all columns', counting('(SELECT DISTINCT * FROM {{ llm_events }})')],
  ['columns by a pattern', counting("(SELECT DISTINCT date, team_id, COLUMNS('_id$') FROM {{ llm_events }})")],
  ['nobody knows what: it can’t be explained', counting('{{ llm_events }} WHERE nope')],
  ['nobody knows what on another day', counting('{{ llm_events }}').replace(', by date', '')],
])('a template that needs %s has all of them', async (_what, template) => {
  expect(await columnsFor({ ...SHIPPED, x: template })).toEqual(SLICE_COLUMNS);
  expect(await columnsFor({ ...SHIPPED, x: template }, [...TEMPLATES])).toEqual(NARROW_SLICE_COLUMNS);
});

test('states that need another column, and an audit of one’s own that reads events, have all of them', async () => {
  const states = `SELECT date, team_id, 'x' AS metric_name, uniqCombined64State(span_id) AS uniques FROM {{ llm_events }} GROUP BY date, team_id`;
  expect(await columnsFor({ ...SHIPPED, x: counting('{{ llm_events }}'), 'states/x': states })).toEqual(SLICE_COLUMNS);
  const audit = `-- warning: None.\nSELECT 'no' AS message FROM {{ llm_events }} WHERE tool = 'x'`;
  expect(await columnsFor({ ...SHIPPED, 'audits/own': audit })).toEqual(SLICE_COLUMNS);
});

test('of deliveries of one moment the same one stays, with the other columns and without', async () => {
  const properties = [
    { $ai_span_id: 'a', $ai_provider: 'a', $ai_input_tokens: 7, $ai_latency: 2 },
    { $ai_span_id: 'b', $ai_provider: 'b', $ai_input_tokens: 30, $ai_latency: 1 },
    { $ai_span_id: 'c', $ai_provider: 'c', $ai_input_tokens: 30, $ai_latency: 1 },
  ];
  for (const [index, own] of [...properties, ...properties.toReversed()].entries()) {
    await harness.command(
      `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
       VALUES (toUUID({uuid:String}), '$ai_generation', {properties:String}, '${DAY} 10:00:00', 1, 'u', '${DAY} 11:00:00')`,
      { uuid: `00000000-0000-4000-8000-00000000000${index < 3 ? 1 : 2}`, properties: JSON.stringify(own) },
    );
  }
  await addEvents(harness, { day: DAY, count: 3, deliveries: 2, properties: { $ai_input_tokens: 5 } });
  const kept = async (templates: Readonly<Record<string, string>>) => {
    const { table } = (harness.templates(templates), (await pipeline.decode([DAY])).slice ?? { table: '' });
    const names = METRIC_COLUMNS.map(({ name }) => name).join(', ');
    return await harness.select(`SELECT ${names}, not_understood, left_out FROM ${table} ORDER BY event_id`);
  };
  const narrow = await kept(SHIPPED);
  expect(narrow).toHaveLength(5);
  expect(narrow).toEqual(await kept({ ...SHIPPED, x: BY_PROVIDER }));
});

test('a worker whose templates need more than a slice has leaves it to one that has other templates', async () => {
  await addEvents(harness, { day: DAY });
  harness.templates(SHIPPED);
  const { slice } = await pipeline.decode([DAY]);
  const render = (attempt: number) => {
    const input = { partition: DAY as never, eventTypes: ['$ai_generation'], slice: slice as never };
    return harness.run('renderTemplates', input, harness.environment({ attempt }));
  };
  expect((await render(1)).templates).toHaveLength(TEMPLATES.length);
  harness.templates({ ...SHIPPED, x: BY_PROVIDER });
  expect(await failureOf(render(1))).toMatchObject({ type: 'CatalogueMismatch', nonRetryable: false });
  const last = await failureOf(render(4));
  expect(last).toMatchObject({ type: 'CatalogueMismatch', nonRetryable: true });
  expect(last.message).toMatch(/^the templates in .* need columns that the events were decoded without: /);
  // Fewer columns are needed than there are: all the better.
  const wide = (await pipeline.decode([DAY])).slice;
  harness.templates(SHIPPED);
  const input = { partition: DAY as never, eventTypes: ['$ai_generation'], slice: wide as never };
  expect((await harness.run('renderTemplates', input)).templates).toHaveLength(TEMPLATES.length);
});
