import { afterAll, beforeAll, beforeEach, expect, test, describe } from 'vitest';
import { CANONICAL_COLUMNS } from '../../templates/canonical.js';
import { decoded, relation } from './decoded.js';
import { openSqlHarness, type SqlHarness } from './harness.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
beforeEach(() => sql.clear());
afterAll(() => sql.close());

test('the source returns the canonical columns, in their order and of their types', async () => {
  const columns = await sql.describe(`DESCRIBE ${relation}`);
  expect(columns.map(({ name, type }) => ({ name, type }))).toEqual(CANONICAL_COLUMNS);
});

test('an event comes out as the LLM event that it is', async () => {
  await sql.insert([
    {
      uuid: '019a0000-0000-7000-8000-00000000000A',
      event: '$ai_generation',
      team_id: 7,
      timestamp: '2025-03-10 23:59:59.999999',
      distinct_id: 'someone',
      properties: {
        $ai_trace_id: 't1',
        $ai_span_id: 's1',
        $ai_parent_id: 'p1',
        $ai_session_id: 'ses',
        $ai_provider: 'openai',
        $ai_model: 'gpt-4o',
        $ai_stop_reason: 'stop',
        $ai_input_tokens: 12,
        $ai_output_tokens: 30,
        $ai_cache_read_input_tokens: 5,
        $ai_cache_creation_input_tokens: 6,
        $ai_reasoning_tokens: 7,
        $ai_total_cost_usd: 0.25,
        $ai_latency: 1.5,
        $ai_error: { type: 'RateLimit', message: 'slow down 😀' },
        $ai_tags: ['a', 'b'],
      },
    },
  ]);
  const [row] = await sql.select<Record<string, unknown>>(`SELECT * EXCEPT ingested_at FROM ${relation}`);
  expect(row).toEqual({
    date: '2025-03-10',
    timestamp: '2025-03-10 23:59:59.999999',
    source: 'posthog_events',
    event: '$ai_generation',
    event_id: '019a0000-0000-7000-8000-00000000000a',
    team_id: 7,
    trace_id: 't1',
    span_id: 's1',
    parent_id: 'p1',
    session_id: 'ses',
    user_id: 'someone',
    agent_id: '',
    project: '',
    tool: '',
    operation: 'ai_generation',
    provider: 'openai',
    model: 'gpt-4o',
    finish_reason: 'stop',
    input_tokens: 12,
    output_tokens: 30,
    total_tokens: 42,
    cached_input_tokens: 5,
    cache_write_tokens: 6,
    reasoning_tokens: 7,
    cost_usd: 0.25,
    latency_ms: 1500,
    is_error: true,
    error_type: 'RateLimit',
    error_message: '{"type":"RateLimit","message":"slow down 😀"}',
    tags: ['a', 'b'],
  });
});

describe('numbers', () => {
  const TOKENS: readonly (readonly [string, number | null])[] = [
    ['{}', null],
    ['null', null],
    ['{"$ai_input_tokens": null}', null],
    ['{"$ai_input_tokens": 0}', 0],
    ['{"$ai_input_tokens": 12}', 12],
    ['{"$ai_input_tokens": "12"}', 12],
    ['{"$ai_input_tokens": 12.7}', 12],
    ['{"$ai_input_tokens": "12.7"}', 12],
    ['{"$ai_input_tokens": 1e3}', 1000],
    ['{"$ai_input_tokens": -3}', null],
    ['{"$ai_input_tokens": "-3"}', null],
    ['{"$ai_input_tokens": 9007199254740991}', 9007199254740991],
    ['{"$ai_input_tokens": 9007199254740992}', null],
    ['{"$ai_input_tokens": 18446744073709551615}', null],
    ['{"$ai_input_tokens": 18446744073709551616}', null],
    ['{"$ai_input_tokens": 1e30}', null],
    ['{"$ai_input_tokens": 1e400}', null],
    ['{"$ai_input_tokens": "inf"}', null],
    ['{"$ai_input_tokens": "-inf"}', null],
    ['{"$ai_input_tokens": "nan"}', null],
    ['{"$ai_input_tokens": "1e400"}', null],
    ['{"$ai_input_tokens": "garbage"}', null],
    ['{"$ai_input_tokens": ""}', null],
    ['{"$ai_input_tokens": []}', null],
    ['{"$ai_input_tokens": {}}', null],
    ['{"$ai_input_tokens": [7]}', null],
  ];

  test('tokens are counts or not reported', async () => {
    const rows = (await decoded(
      sql,
      TOKENS.map(([json]) => json),
      'input_tokens',
    )) as { input_tokens: number | null }[];
    expect(rows.map(({ input_tokens }, index) => [TOKENS[index]?.[0], input_tokens])).toEqual(TOKENS);
  });

  test('the total is as reported, else the sum of what is', async () => {
    const given = [
      { $ai_total_tokens: 5, $ai_input_tokens: 1, $ai_output_tokens: 2 },
      { $ai_input_tokens: 1, $ai_output_tokens: 2 },
      { $ai_input_tokens: 1 },
      { $ai_output_tokens: 2 },
      {},
      { $ai_total_tokens: 0 },
    ];
    const totals = await decoded(sql, given, 'total_tokens');
    expect(totals).toEqual([5, 3, 1, 2, null, 0].map((total_tokens) => ({ total_tokens })));
  });

  test('cost and latency are finite or not reported', async () => {
    const given = [
      '{"$ai_total_cost_usd": 0.5, "$ai_latency": 2}',
      '{"$ai_total_cost_usd": "0.5", "$ai_latency": "2"}',
      '{"$ai_total_cost_usd": "nan", "$ai_latency": "nan"}',
      '{"$ai_total_cost_usd": "inf", "$ai_latency": "-inf"}',
      '{"$ai_total_cost_usd": -0.5, "$ai_latency": -2}',
      '{"$ai_total_cost_usd": true, "$ai_latency": {}}',
      '{}',
    ];
    expect(await decoded(sql, given, 'cost_usd, latency_ms')).toEqual([
      { cost_usd: 0.5, latency_ms: 2000 },
      { cost_usd: 0.5, latency_ms: 2000 },
      { cost_usd: null, latency_ms: null },
      { cost_usd: null, latency_ms: null },
      { cost_usd: -0.5, latency_ms: null },
      { cost_usd: null, latency_ms: null },
      { cost_usd: null, latency_ms: null },
    ]);
  });
});

describe('texts that are not as they should be', () => {
  /** An event that can't be read is an event without details: counted, and no error. */
  test.each([
    ['empty', ''],
    ['no JSON', 'garbage'],
    ['cut off', '{"$ai_is_error": true'],
    ['a list', '[1, 2, {"$ai_is_error": true}]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['half a surrogate pair, which is no Unicode', String.raw`{"$ai_is_error": true, "$ai_input": "cut \ud83d"}`],
    ['an integer beyond 64 bits', '{"$ai_is_error": true, "$ai_input_tokens": 18446744073709551616}'],
    ['a raw line break in a string', '{"$ai_is_error": true, "x": "a\nb"}'],
  ])('properties that are %s: the event stays, without details', async (_what, properties) => {
    expect(await decoded(sql, [properties], 'event, is_error, model, input_tokens, tags')).toEqual([
      { event: '$ai_generation', is_error: false, model: '', input_tokens: null, tags: [] },
    ]);
  });

  test('ids that are numbers, lists or objects become their text', async () => {
    const given = [{ $ai_trace_id: 12, $ai_model: ['m'], $ai_session_id: { a: 1 }, $ai_provider: null, $ai_tags: 'x' }];
    expect(await decoded(sql, given, 'trace_id, model, session_id, provider, tags')).toEqual([
      { trace_id: '12', model: '["m"]', session_id: '{"a":1}', provider: '', tags: [] },
    ]);
  });

  test('NUL, emoji and quotes come through', async () => {
    const $ai_model = `m\0'"\\😀`;
    expect(await decoded(sql, [{ $ai_model }], 'model')).toEqual([{ model: $ai_model }]);
  });
});

describe('which events', () => {
  test('those of the day in UTC, first to last microsecond, and of the event types', async () => {
    await sql.insert([
      { timestamp: '2025-03-09 23:59:59.999999', team_id: 1 },
      { timestamp: '2025-03-10 00:00:00.000000', team_id: 2 },
      { timestamp: '2025-03-10 23:59:59.999999', team_id: 3 },
      { timestamp: '2025-03-11 00:00:00.000000', team_id: 4 },
      { event: '$pageview', team_id: 5 },
      { event: 'ai_generation', team_id: 6 },
    ]);
    expect(await sql.select(`SELECT team_id FROM ${relation} ORDER BY team_id`)).toEqual([
      { team_id: 2 },
      { team_id: 3 },
    ]);
  });

  test('not one of a negative team, which is neither a huge team nor team 0', async () => {
    await sql.insert([{ team_id: -1 }, { team_id: 0 }, { team_id: -9223372036854775808n }]);
    expect(await sql.select(`SELECT team_id FROM ${relation}`)).toEqual([{ team_id: 0 }]);
  });

  test('a negative team of another day or event is nobody’s business', async () => {
    await sql.insert([{ team_id: -1, event: '$pageview' }, { team_id: -1, timestamp: '2025-03-12 00:00:00' }, {}]);
    expect(await sql.select(`SELECT count() AS n, min(team_id) AS t FROM ${relation}`)).toEqual([{ n: 1, t: 1 }]);
  });
});
