import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { readFileSync } from 'node:fs';
import { CANONICAL_COLUMNS } from '../../templates/canonical.js';
import { countedEventsRelation, countedSliceRelation, llmEventsRelation } from '../../templates/relation.js';
import { counted, decoded, relation } from './decoded.js';
import { catalogueOf, DAY, EVENT_TYPES, openSqlHarness, removeSqlDirs, type SqlHarness } from './harness.js';
import { GOOD, problemsOf } from './problems.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
beforeEach(() => sql.clear());
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const TOKENS = ['input', 'output', 'total', 'cache_read_input', 'cache_creation_input', 'reasoning'].map(
  (kind) => `$ai_${kind}_tokens`,
);

/** `properties`, and whether something in them was not understood. */
async function expectUnderstood(cases: readonly (readonly [string, boolean])[]): Promise<void> {
  const given = cases.map(([json]) => json);
  const rows = (await decoded(sql, given, 'not_understood', counted)) as { not_understood: boolean }[];
  const wrong = rows.flatMap(({ not_understood }, index) =>
    not_understood === cases[index]?.[1] ? [] : [`${given[index]?.slice(0, 80)}: ${not_understood}`],
  );
  expect(wrong).toEqual([]);
}

const each = (names: readonly string[], values: readonly string[], bad: boolean) =>
  names.flatMap((name) => values.map((value) => [`{"$ai_trace_id": "t", "${name}": ${value}}`, bad] as const));

describe('what could not be read as what it should be is not understood; what is not there is nothing', () => {
  test('numbers', async () => {
    const missing = ['null', '""'];
    const unreadable = [
      '"abc"',
      '"n/a"',
      '"12 tokens"',
      '"1,000"',
      '"null"',
      '" "',
      '[]',
      '[7]',
      '{}',
      'true',
      'false',
    ];
    const impossible = ['-1', '"-5"', '-0.5', '9007199254740992', '1e300', '"nan"', '"inf"', '"-inf"', '1e16'];
    await expectUnderstood([
      ...each([...TOKENS, '$ai_latency'], [...missing, '0', '12', '"12"', '12.7', '"1e3"', '9007199254740991'], false),
      ...each([...TOKENS, '$ai_latency'], [...unreadable, ...impossible], true),
      ...each(['$ai_total_cost_usd'], [...missing, '0', '"0.5"', '-0.5', '1e-9', '9007199254740991'], false),
      ...each(['$ai_total_cost_usd'], [...unreadable, '1e300', '-1e300', '"nan"', '"inf"', '"-inf"'], true),
    ]);
  });

  test('flags and lists', async () => {
    await expectUnderstood([
      ...each(['$ai_is_error'], ['true', 'false', '1', '0', 'null', '""', '"True"', '" FALSE "', '"null"'], false),
      ...each(['$ai_is_error'], ['"no"', '2', '{}', '[]', '"boom"'], true),
      ...each(['$ai_tags'], ['null', '""', '[]', '["a"]', '[1, null]', '"[\\"a\\"]"'], false),
      ...each(['$ai_tags'], ['"a"', '{}', '{"a": 1}', '7', 'true', '"[\\"a\\""'], true),
    ]);
  });

  test('texts are texts, whatever they are made of; what is not ours may be anything', async () => {
    const texts = ['$ai_trace_id', '$ai_model', '$ai_provider', '$ai_error', '$ai_error_type', '$ai_session_id'];
    await expectUnderstood(each([...texts, 'mine', '$ai_input'], ['1', '[1]', '{"a": 1}', 'true', '"\\u0000"'], false));
  });

  test('properties that are no JSON object', async () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    await expectUnderstood([
      ['{}', false],
      [' {"mine": 1}\n', false],
      [nested(1000), false],
      ['{"$ai_model": "a", "$ai_model": "b"}', false],
      [`{"mine": "${'x'.repeat(1_000_000)}"}`, false],
      ...[
        '',
        ' ',
        'null',
        'garbage',
        '[]',
        '[{"$ai_model": "m"}]',
        '"{}"',
        '1',
        'NaN',
        '{',
        '{"a": 1',
        '{"a": 1}}',
      ].map((json) => [json, true] as const),
      ...['{"a": 1,}', "{'a': 1}", '{a: 1}', '{"a": NaN}', '{"a": 1} {"b": 2}', '\uFEFF{"a": 1', '{"a": "\ud83d"}'].map(
        (json) => [json.replace('\ud83d', '\\ud83d'), true] as const,
      ),
      ['{"$ai_model": "m", "$ai_input_tokens": 18446744073709551616}', true],
      [nested(3000), true],
    ]);
  });

  test('of a list nothing is a detail: no id, no name, no number, no error, no tag', async () => {
    const list = JSON.stringify(Array.from({ length: 30 }, () => 1));
    const errors = JSON.stringify(Array.from({ length: 30 }, () => 'true'));
    const types = JSON.stringify(Array.from({ length: 30 }, () => ({ type: 'RateLimit' })));
    const texts = [
      ...['trace_id', 'span_id', 'parent_id', 'session_id', 'agent_id', 'project', 'tool', 'provider', 'model'],
      ...['finish_reason', 'error_type', 'error_message'],
    ];
    const columns = `coalesce(input_tokens, output_tokens, total_tokens, cached_input_tokens, cache_write_tokens, reasoning_tokens, cost_usd, latency_ms) AS number,
      arrayFilter(text -> text != '', [${texts.join(', ')}]) AS texts, is_error, tags, not_understood`;
    expect(await decoded(sql, [list, errors, ` ${list}`, types, '["t", "s"]'], columns, counted)).toEqual(
      [1, 2, 3, 4, 5].map(() => ({ number: null, texts: [], is_error: false, tags: [], not_understood: true })),
    );
  });

  test('bytes that are no UTF-8', async () => {
    await sql.command(
      `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id) SELECT generateUUIDv4(), '$ai_span', unhex('7B2261223A22FF227D'), '${DAY} 10:00:00', 1, unhex('FF00')`,
    );
    expect(await sql.select(`SELECT hex(user_id) AS user, not_understood FROM ${counted}`)).toEqual([
      { user: 'FF00', not_understood: true },
    ]);
  });

  test('what was understood of an event stands beside what was not', async () => {
    const given = { $ai_model: 'm', $ai_input_tokens: 'many', $ai_output_tokens: 5, $ai_is_error: true };
    expect(
      await decoded(sql, [given], 'model, input_tokens, output_tokens, is_error, not_understood', counted),
    ).toEqual([{ model: 'm', input_tokens: null, output_tokens: 5, is_error: true, not_understood: true }]);
  });

  test('no garbage becomes a sum that is not finite', async () => {
    const given = ['$ai_total_cost_usd', '$ai_latency'].flatMap((name) =>
      ['1e308', '"1e308"', '9007199254740991', '-1e308'].map((value) => `{"${name}": ${value}}`),
    );
    const sums = 'isFinite(ifNull(cost_usd, 0)) AND isFinite(ifNull(latency_ms, 0)) AS finite, cost_usd, latency_ms';
    const rows = (await decoded(sql, given, sums)) as { finite: boolean }[];
    expect(rows.map(({ finite }) => Number(finite))).toEqual(given.map(() => 1));
  });
});

describe('an event that is left out', () => {
  test('is there for the recount alone', async () => {
    await sql.insert([{ team_id: -1 }, { team_id: -7, properties: 'garbage' }, { team_id: 0 }, { team_id: 3 }]);
    const rows = await sql.select(`SELECT team_id, left_out, not_understood FROM ${counted} ORDER BY ALL`);
    expect(rows).toEqual([
      { team_id: 0, left_out: false, not_understood: false },
      { team_id: 0, left_out: true, not_understood: false },
      { team_id: 0, left_out: true, not_understood: true },
      { team_id: 3, left_out: false, not_understood: false },
    ]);
    expect(await sql.select(`SELECT team_id FROM ${relation} ORDER BY team_id`)).toEqual([
      { team_id: 0 },
      { team_id: 3 },
    ]);
  });

  test('and templates see neither of the two columns', async () => {
    const catalogue = catalogueOf({ 'm.sql': GOOD.replace('count()', 'countIf(not_understood)') });
    expect(await problemsOf(catalogue, sql.describe)).toEqual([
      expect.stringMatching(/^sql\/m\.sql:1 Unknown expression or function identifier `not_understood`/),
    ]);
    const columns = await sql.describe(`DESCRIBE ${relation}`);
    expect(columns.map(({ name }) => name)).toEqual(CANONICAL_COLUMNS.map(({ name }) => name));
  });
});

describe('sources with and without the columns', () => {
  const shipped = readFileSync(packageFile('sql', 'sources', 'posthog_events.sql'), 'utf8');
  const without =
    shipped.slice(0, shipped.indexOf(',\n    (is_list')) + shipped.slice(shipped.indexOf('\nFROM events'));
  const range = { eventTypes: EVENT_TYPES, dateStart: DAY, dateEnd: '2025-03-11' };

  test('stand side by side', async () => {
    const catalogue = catalogueOf({ 'm.sql': GOOD, 'sources/with.sql': shipped, 'sources/without.sql': without });
    expect(await problemsOf(catalogue, sql.describe)).toEqual([]);
    await sql.insert([{ properties: 'garbage' }, { team_id: -1 }]);
    const told = `SELECT team_id, left_out, not_understood FROM ${countedEventsRelation(catalogue, range)} ORDER BY ALL`;
    expect(await sql.select(told)).toEqual([
      { team_id: 0, left_out: false, not_understood: false },
      { team_id: 0, left_out: true, not_understood: false },
      { team_id: 1, left_out: false, not_understood: false },
      { team_id: 1, left_out: false, not_understood: true },
    ]);
    expect(await sql.select(`SELECT count() AS n FROM ${llmEventsRelation(catalogue, range)}`)).toEqual([{ n: 3 }]);
  });

  test('a slice has them, and templates read what is not left out', async () => {
    const catalogue = catalogueOf({ 'm.sql': GOOD });
    await sql.insert([{ properties: 'garbage' }, { team_id: -1 }]);
    const slice = `(SELECT * FROM ${counted})`;
    const [told] = await sql.select(
      `SELECT count() AS n, countIf(not_understood) AS bad, countIf(left_out) AS out, (SELECT count() FROM ${llmEventsRelation(catalogue, range, slice)}) AS seen FROM ${countedSliceRelation(range, slice)}`,
    );
    expect(told).toEqual({ n: 2, bad: 1, out: 1, seen: 1 });
  });

  test('one of another type is said with its line', async () => {
    const catalogue = catalogueOf({
      'm.sql': GOOD,
      'sources/s.sql': shipped.replace('(events.team_id < 0)::Bool AS left_out', "'no' AS left_out"),
    });
    const line = shipped.split('\n').findIndex((text) => text.includes('AS left_out')) + 1;
    expect(await problemsOf(catalogue, sql.describe)).toEqual([
      `sql/sources/s.sql:${line} column left_out is String, expected Bool`,
    ]);
  });
});
