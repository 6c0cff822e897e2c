import { beforeEach, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';

/** SQL of one event each: what is given in place of a good event's column. */
type Bad = Readonly<Partial<Record<'uuid' | 'event' | 'properties' | 'timestamp' | 'team_id' | 'distinct_id', string>>>;

async function insert(...events: readonly Bad[]): Promise<void> {
  const selects = events.map(
    ({ uuid = 'generateUUIDv4()', event = `'$ai_generation'`, properties = `'{}'`, ...more }, index) =>
      // The number keeps ClickHouse from making one id for all.
      `SELECT ${uuid.replace('()', `(${index})`)}, ${event}, ${properties}, toDateTime64(${more.timestamp ?? `'${DAY} 12:00:00'`}, 6, 'UTC'), toInt64(${more.team_id ?? '1'}), ${more.distinct_id ?? `'user'`}`,
  );
  const columns = 'uuid, event, properties, timestamp, team_id, distinct_id';
  await harness.command(`INSERT INTO events (${columns}) ${selects.join('\nUNION ALL\n')}`);
}

async function published(): Promise<{ rows: string[]; ledger: Record<string, unknown> }> {
  await pipeline.backfill([DAY]);
  const rows = await harness.select<{ row: string }>(
    `SELECT concat(toString(team_id), ' ', metric_name, ' = ', toString(metric_value)) AS row FROM llma_metrics_daily WHERE metric_name NOT LIKE '%_error_rate' ORDER BY row`,
  );
  const [ledger] = await harness.select<Record<string, unknown>>(
    `SELECT status, source_rows, not_understood, teams, duplicates FROM llma_partition_status WHERE date = '${DAY}'`,
  );
  return { rows: rows.map(({ row }) => row), ledger: ledger ?? {} };
}

/** Three good events of team 1 stand beside whatever is bad. */
beforeEach(() => addEvents(harness, { day: DAY, count: 3, properties: { $ai_model: 'm', $ai_latency: 1 } }));

const property = (json: string): Bad => ({ properties: `'${json}'` });
const OF_TEAM_1 = (events: number) => [`1 ai_generation_count = ${events}`];

/** What is bad, the event, and whether that is not understood. Each is of a team of its own. */
const BAD: readonly (readonly [string, Bad, 0 | 1])[] = [
  ['properties that are no JSON', property('garbage'), 1],
  ['properties that are cut off', property('{"$ai_model": "m"'), 1],
  ['properties that are an empty text', property(''), 1],
  ['properties that are a list', property('[1, 2, 3]'), 1],
  ['properties that are a number', property('7'), 1],
  [
    'properties that are nested 1,000 levels deep',
    { properties: `concat(repeat('{"a":', 1000), '1', repeat('}', 1000))` },
    0,
  ],
  [
    'properties that are nested 100,000 levels deep',
    { properties: `concat(repeat('{"a":', 100000), '1', repeat('}', 100000))` },
    1,
  ],
  ['properties with a key twice', property('{"$ai_model": "a", "$ai_model": "b"}'), 0],
  ['properties of 1 MB', { properties: `concat('{"a": "', repeat('x', 1000000), '"}')` }, 0],
  ['tokens that are a text', property('{"$ai_input_tokens": "abc"}'), 1],
  ['tokens that are digits in a text', property('{"$ai_input_tokens": "12"}'), 0],
  ['tokens that are negative', property('{"$ai_input_tokens": -5}'), 1],
  ['tokens of 1e300', property('{"$ai_total_tokens": 1e300}'), 1],
  ['tokens of 2^64', property('{"$ai_output_tokens": 18446744073709551616}'), 1],
  ['tokens that are an object', property('{"$ai_output_tokens": {"a": 1}}'), 1],
  ['tokens that are true', property('{"$ai_input_tokens": true}'), 1],
  ['a cost that is a text', property('{"$ai_total_cost_usd": "n/a"}'), 1],
  ['a cost that is nan', property('{"$ai_total_cost_usd": "NaN"}'), 1],
  ['a cost that is infinite', property('{"$ai_total_cost_usd": "Infinity"}'), 1],
  ['a cost of 1e308', property('{"$ai_total_cost_usd": 1e308}'), 1],
  ['a latency below 0', property('{"$ai_latency": -1}'), 1],
  ['a latency of 1e308', property('{"$ai_latency": 1e308}'), 1],
  ['a flag that is an object', property('{"$ai_is_error": {"a": 1}}'), 1],
  ['a model that is a list', property('{"$ai_model": ["m"]}'), 0],
  ['tags that are a number', property('{"$ai_tags": 7}'), 1],
  ['nothing that is reported', property('{"$ai_input_tokens": null, "$ai_latency": "", "$ai_is_error": null}'), 0],
  ['a NUL in a text', { properties: `'{"$ai_model": "a\\\\u0000b"}'`, distinct_id: `'a\\0b'` }, 0],
  ['no UTF-8 in the properties', { properties: `unhex('7B2261223A22FF227D')` }, 1],
  ['no UTF-8 in the user', { distinct_id: `unhex('FF')` }, 0],
  ['an emoji, a quote and nothing', { distinct_id: `'😀\\''`, properties: `'{"$ai_model": ""}'` }, 0],
  ['the last microsecond of the day', { timestamp: `'${DAY} 23:59:59.999999'` }, 0],
];

/** Events that are none of the day, each for its reason. */
const ELSEWHERE: readonly (readonly [string, Bad])[] = [
  ['of 1970', { timestamp: `'1970-01-01 00:00:00'` }],
  ['of the future', { timestamp: `'2140-01-01 00:00:00'` }],
  ['of the first microsecond of the next day', { timestamp: `'2026-03-11 00:00:00.000000'` }],
  ['of the last microsecond of the day before', { timestamp: `'2026-03-09 23:59:59.999999'` }],
  ['whose name is empty', { event: `''`, properties: `'garbage'` }],
  ['whose name has quotes', { event: `'$ai_generation\\''`, properties: `'garbage'` }],
  ['whose name is an emoji', { event: `'😀'`, properties: `'garbage'` }],
];

test('no bad event stops a day, or changes a number of the others', async () => {
  await insert(...BAD.map(([, bad], index) => ({ ...bad, team_id: String(100 + index) })));
  await insert(...ELSEWHERE.map(([, bad]) => bad));

  const { rows, ledger } = await published();

  const counted = BAD.map(([what], index) => [what, rows.includes(`${100 + index} ai_generation_count = 1`)]);
  expect(counted).toEqual(BAD.map(([what]) => [what, true]));
  expect(rows).toContain('1 ai_generation_count = 3');
  expect(rows).toHaveLength(1 + BAD.length);
  expect(ledger).toEqual({
    status: 'published',
    source_rows: 3 + BAD.length,
    not_understood: BAD.filter(([, , notUnderstood]) => notUnderstood).length,
    teams: 1 + BAD.length,
    duplicates: 0,
  });
});

test('events of a negative team are left out, and counted; team 0 is a team', async () => {
  await insert({ team_id: '-1' }, { team_id: '-9223372036854775808', properties: `'garbage'` }, { team_id: '0' });
  expect(await published()).toEqual({
    rows: ['0 ai_generation_count = 1', ...OF_TEAM_1(3)],
    ledger: { status: 'published', source_rows: 4, not_understood: 2, teams: 2, duplicates: 0 },
  });
});

test('a day of nothing but events that are left out has no rows, no events and no teams', async () => {
  await harness.command('TRUNCATE TABLE events');
  await insert({ team_id: '-1' }, { team_id: '-2' });
  expect(await published()).toEqual({
    rows: [],
    ledger: { status: 'published', source_rows: 0, not_understood: 2, teams: 0, duplicates: 0 },
  });
});

test('an event that is delivered twice, or has several bad properties, is one', async () => {
  const uuid = `toUUID('00000000-0000-0000-0000-000000000001')`;
  const bad = property('{"$ai_input_tokens": "x", "$ai_latency": -1, "$ai_total_cost_usd": []}');
  const left = { uuid: `toUUID('00000000-0000-0000-0000-000000000002')`, team_id: '-3' };
  await insert({ uuid, ...bad }, { uuid, ...bad }, { uuid }, left, left);
  expect(await published()).toEqual({
    rows: OF_TEAM_1(4),
    ledger: { status: 'published', source_rows: 4, not_understood: 2, teams: 1, duplicates: 2 },
  });
});

test('one id of two teams and two event types is an event of each', async () => {
  const uuid = `toUUID('00000000-0000-0000-0000-000000000001')`;
  await insert({ uuid }, { uuid, team_id: '2' }, { uuid, event: `'$ai_span'` });
  expect((await published()).rows).toEqual([
    '1 ai_generation_count = 4',
    '1 ai_span_count = 1',
    '2 ai_generation_count = 1',
  ]);
});

test('events of a negative team do not bring the look-back to compute a day again', async () => {
  await insert({ team_id: '-1' });
  await published();
  const settings = await harness.run('readSettings', { kind: 'daily', input: {} });
  const { days } = await harness.run('checkLookback', { partition: '2026-03-11' as never, settings });
  expect(days).not.toContain(DAY);
});

test('events of a negative team that arrive late are no late events', async () => {
  harness.templates({
    counts: `SELECT toDate(e.timestamp) AS date, toUInt64(e.team_id) AS team_id, 'ai_generation_count' AS metric_name, count() - 1 AS metric_value FROM events AS e WHERE toDate(e.timestamp) = '{{ date_start }}' AND e.team_id >= 0 GROUP BY ALL`,
  });
  await insert({ team_id: '-1' }, { team_id: '0' }, { team_id: '0' });
  const beforeVerify = () => insert({ team_id: '-1' }, { team_id: '0' }, { team_id: '1' });
  const { days } = await pipeline.compute([DAY], { beforeVerify });
  // Two of team 0, two of team 1: one each that the metric missed, and one each that came later.
  expect(days[0]).toMatchObject({ lateRows: 4, source: { rows: 5, notUnderstood: 1 } });
});
