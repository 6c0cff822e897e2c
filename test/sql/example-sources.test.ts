import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { countedEventsRelation } from '../../templates/relation.js';
import { counted } from './decoded.js';
import {
  catalogueOf,
  DAY,
  EVENT_TYPES,
  openSqlHarness,
  removeSqlDirs,
  type GivenEvent,
  type SqlHarness,
} from './harness.js';
import { problemsOf } from './problems.js';
import { threeDays } from './shipped-arbitrary.js';

/** The events of the shipped source, and of an example's. */
let text: SqlHarness;
let json: SqlHarness;

beforeAll(async () => {
  [text, json] = await Promise.all([openSqlHarness(), openSqlHarness()]);
  await text.command(example('materialized-columns', 'events'));
  await json.command('DROP TABLE events SYNC');
  await json.command(example('json-column', 'events'));
});
beforeEach(async () => {
  await Promise.all([text.clear(), json.clear()]);
});
afterEach(removeSqlDirs);
afterAll(() => Promise.all([text.close(), json.close()]));

function example(folder: string, file: string): string {
  return readFileSync(packageFile('docs', 'examples', 'sources', folder, `${file}.sql`), 'utf8');
}

/** As somebody has it who followed the README: own templates, the example in the place of the shipped source. */
function catalogueWith(folder: string) {
  const metric = `SELECT date, team_id, 'x' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;
  return catalogueOf({ 'x.sql': metric, 'sources/posthog_events.sql': example(folder, 'posthog_events') });
}

/** The text table's events, as the JSON column takes them. */
async function copyToJson(): Promise<void> {
  const columns = 'uuid, event, properties, timestamp, team_id, distinct_id, created_at, _timestamp';
  await json.command(`INSERT INTO events (${columns}) SELECT ${columns} FROM ${text.database}.events`);
}

async function rowsOf(sql: SqlHarness, relation: string): Promise<unknown[]> {
  return await sql.select(`SELECT * FROM ${relation} ORDER BY event_id, toString(timestamp), ingested_at`);
}

async function exampleRows(folder: string, sql: SqlHarness): Promise<unknown[]> {
  const range = { eventTypes: EVENT_TYPES, dateStart: DAY, dateEnd: '2025-03-11' };
  return await rowsOf(sql, countedEventsRelation(catalogueWith(folder), range));
}

const NUMBERS = ['$ai_input_tokens', '$ai_total_cost_usd', '$ai_latency'];
const VALUES = [
  ...[
    'null',
    '0',
    '12',
    '"12"',
    '12.7',
    '"12.70"',
    '1e3',
    '-3',
    '"-3"',
    '-0.0',
    '9007199254740991',
    '9007199254740992',
  ],
  ...[
    '18446744073709551615',
    '1e30',
    '1.5e-7',
    '"inf"',
    '"nan"',
    '"garbage"',
    '""',
    '" 7 "',
    'true',
    'false',
    '[]',
    '[7]',
    '{}',
    '{"n": 1}',
  ],
];
const ERRORS = [
  'null',
  '""',
  '"null"',
  '"boom"',
  '{}',
  '[]',
  '{"type": "RateLimit", "message": "slow 😀"}',
  '{"type": 5}',
  '[null]',
  '0',
  '7',
  'false',
  'true',
  '"TRUE"',
];

/** Objects, as odd as their values come. */
const OBJECTS: readonly string[] = [
  '{}',
  ...NUMBERS.flatMap((name) => VALUES.map((value) => `{"${name}": ${value}, "$ai_model": "m"}`)),
  ...['$ai_error', '$ai_is_error', '$ai_error_type'].flatMap((name) => ERRORS.map((value) => `{"${name}": ${value}}`)),
  ...['["a", "b"]', '[]', '[1, null]', '"x"', '{"a": 1}', 'null', '""'].map((value) => `{"$ai_tags": ${value}}`),
  ...['12', '["m"]', '{"a": 1.50}', 'null', '"\\u0000\'\\"\\\\😀"', 'true'].map(
    (value) => `{"$ai_trace_id": ${value}, "$ai_model": ${value}}`,
  ),
  '{"$ai_error": "e", "$ai_error_type": "t", "$ai_is_error": false}',
  '{"other": {"deep": [{"er": 1}]}, "$ai_latency": 0.25, "$ai_latency.unit": "s"}',
];

/** What a JSON column refuses. */
const NO_OBJECTS: readonly string[] = [
  ...[
    '',
    'garbage',
    '{"$ai_is_error": true',
    '[1, 2, {"$ai_is_error": true}]',
    '["t", "s"]',
    '\n [1, "s", "true"]',
    '"x"',
    '1',
  ],
  ...[
    '{"$ai_input_tokens": 1, "$ai_input_tokens": 2}',
    '{"a": {"b": 1}, "a.b": 2}',
    '{"$ai_input_tokens": 18446744073709551616}',
    '{"$ai_latency": 1e400}',
  ],
  ...[String.raw`{"$ai_is_error": true, "$ai_input": "cut \ud83d"}`, '{"$ai_is_error": true, "x": "a\nb"}'],
];

const uuid = (index: number) => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`;
const eventsOf = (texts: readonly string[]): GivenEvent[] =>
  texts.map((properties, index) => ({ uuid: uuid(index), properties, created_at: '2025-03-11 00:00:00.000' }));

/** Three days of random events, as bad as they come: deliveries, times, teams and all. */
const random = fc.sample(threeDays, { seed: 3, numRuns: 2 }).flat();

describe.each([
  ['materialized-columns', () => text],
  ['json-column', () => json],
] as const)('%s', (folder, open) => {
  test('is a source that fits', async () => {
    const sql = open();
    expect(await problemsOf(catalogueWith(folder), sql.describe)).toEqual([]);
  });

  test('returns what the shipped source returns, of odd values in objects', async () => {
    await text.insert(eventsOf(OBJECTS));
    if (open() === json) await copyToJson();
    const shipped = await rowsOf(text, counted);
    expect(shipped).toHaveLength(OBJECTS.length);
    expect(await exampleRows(folder, open())).toEqual(shipped);
  });

  test('returns what the shipped source returns, of random events', async () => {
    const events = folder === 'json-column' ? random.filter(({ properties }) => isObject(String(properties))) : random;
    await text.insert(events);
    if (open() === json) await copyToJson();
    const shipped = await rowsOf(text, counted);
    expect(shipped.length).toBeGreaterThan(50);
    expect(await exampleRows(folder, open())).toEqual(shipped);
  });
});

function isObject(properties: string): boolean {
  try {
    return /^\{/.test(properties) && typeof JSON.parse(properties) === 'object';
  } catch {
    return false;
  }
}

test('materialized columns keep what is no object, too; also of rows from before them', async () => {
  await text.insert(eventsOf([...NO_OBJECTS, 'null']));
  expect(await exampleRows('materialized-columns', text)).toEqual(await rowsOf(text, counted));
  const old = await openSqlHarness();
  try {
    await old.insert(eventsOf([...NO_OBJECTS, ...OBJECTS]));
    await old.command(example('materialized-columns', 'events'));
    const shipped = await rowsOf(old, counted);
    expect(await exampleRows('materialized-columns', old)).toEqual(shipped);
    for (const column of ['llma_details', 'llma_is_list', 'llma_is_object']) {
      await old.command(`ALTER TABLE events MATERIALIZE COLUMN ${column} SETTINGS mutations_sync = 2`);
    }
    expect(await exampleRows('materialized-columns', old)).toEqual(shipped);
  } finally {
    await old.close();
  }
});

test.each(NO_OBJECTS)('a JSON column refuses %j', async (properties) => {
  await text.insert(eventsOf([properties]));
  await expect(copyToJson()).rejects.toThrow(/Cannot (parse JSON object here|insert data into JSON column)/);
});

test('a JSON column takes null for an object without anything, which a text is not', async () => {
  await text.insert(eventsOf(['null']));
  await copyToJson();
  const [shipped] = await rowsOf(text, counted);
  expect(shipped).toMatchObject({ not_understood: true });
  expect(await exampleRows('json-column', json)).toEqual([{ ...(shipped as object), not_understood: false }]);
});
