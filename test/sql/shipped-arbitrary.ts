import fc from 'fast-check';
import { EVENT_TYPES } from './harness.js';
import type { Delivery } from './shipped-oracle.js';

export const DAYS = ['2025-03-09', '2025-03-10', '2025-03-11'] as const;

const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary }, fc.constantFrom(undefined, null, '', 0));
const junk = fc.constantFrom<unknown>('abc', true, -5, '-1', 2 ** 53, 1e300, [], [3], { n: 3 });
const infinite = fc.constantFrom<unknown>('nan', 'inf');

const tokens = maybe(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 ** 40 }) },
    fc.constantFrom<unknown>('12', 12.7, '12.7', '1e3'),
    junk,
    infinite,
  ),
);
const micros = fc.integer({ min: 0, max: 10 ** 9 }).map((n) => n / 1e6);
const cost = maybe(
  fc.oneof({ weight: 6, arbitrary: micros }, fc.constantFrom<unknown>('0.000123', -0.5), junk, infinite),
);
const latency = maybe(
  fc.oneof({ weight: 6, arbitrary: micros }, fc.constantFrom<unknown>('1.25', 0.001), junk, infinite),
);
const id = (prefix: string) =>
  maybe(
    fc.oneof(
      fc.integer({ min: 1, max: 8 }).map((n) => `${prefix}${n}`),
      fc.constant(5),
    ),
  );

/** Names as others write them; two are one when they are cut. */
const names = maybe(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => `m${n}`) },
    fc.constantFrom<unknown>(`it's "a" \\ model\n`, '模型 😀', 'a\u0000b', '\u0000', ' ', '{{ x }}', true, { n: 1 }, [
      'a',
    ]),
    fc.constantFrom(`${'é'.repeat(200)}1`, `${'é'.repeat(200)}2`, '😀'.repeat(201)),
  ),
);

const properties = fc.record({
  $ai_trace_id: id('t'),
  $ai_session_id: id('s'),
  $ai_model: names,
  $ai_tool_name: names,
  $ai_input_tokens: tokens,
  $ai_output_tokens: tokens,
  $ai_total_tokens: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, tokens),
  $ai_cache_read_input_tokens: tokens,
  $ai_cache_creation_input_tokens: tokens,
  $ai_reasoning_tokens: tokens,
  $ai_total_cost_usd: cost,
  $ai_latency: latency,
  $ai_is_error: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom<unknown>(true, 'TRUE', 1, '1', false, 'false', 0, null, 'yes'),
  ),
  $ai_error: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom<unknown>('boom', { message: '' }, [null], 7, null, '', '  ', 'null', {}, [], '{}', false, 0, '0'),
  ),
});

const text = fc.oneof(
  { weight: 30, arbitrary: properties.map((details) => JSON.stringify(details)) },
  fc.constantFrom('', 'no JSON', '{"$ai_input_tokens": 5', '{}'),
  // Nothing of a list is a detail, whatever its place in it.
  fc.constantFrom('["t1", "s1"]', ` ${JSON.stringify(Array(25).fill('true'))}`, JSON.stringify(Array(25).fill(7))),
);

const event = fc.record({
  event: fc.constantFrom(...EVENT_TYPES, '$ai_metric'),
  team_id: fc.constantFrom(0, 1, 1, 1, 2, -1),
  day: fc.constantFrom(...DAYS),
  deliveries: fc.array(
    fc.record({
      properties: text,
      time: fc.constantFrom('00:00:00.000000', '08:30:00.000001', '23:59:59.999999'),
      distinct_id: fc.constantFrom('', 'u1', 'u2', 'u3'),
      later: fc.integer({ min: 0, max: 1000 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const uuid = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;

/** Three days of events, as bad as they come: each delivered once or several times, every time with other details. */
export const threeDays: fc.Arbitrary<Delivery[]> = fc
  .array(event, { minLength: 150, maxLength: 250, size: 'max' })
  .map((events) =>
    events.flatMap(({ deliveries, ...of }, index) => deliveries.map((one) => ({ ...of, ...one, index }))),
  )
  .map((deliveries) =>
    deliveries.map(({ event, team_id, distinct_id, properties, day, time, later, index }, n) => ({
      ...{ uuid: uuid(index), event, team_id, distinct_id, properties },
      timestamp: `${day} ${time}`,
      // No two at the same moment.
      created_at: new Date(Date.UTC(2025, 3, 1) + later * 1000 + n).toISOString().replace('T', ' ').slice(0, -1),
    })),
  );
