import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { add, isEnough, kindOf, pastOf, withPast } from '../../../activities/attempts.js';
import { gentler } from '../../../activities/gentler.js';
import { loadSettings } from '../../../config/settings.js';

const answer = (code: number, message = 'no') => new ClickHouseError({ code: String(code), type: 'X', message });
const NONE = { overloaded: 0, atLimit: 0, bugs: 0 };

test.each<[string, unknown, Partial<typeof NONE>]>([
  ['a killed query', answer(394), {}],
  ['a network that is away', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), {}],
  ['too many queries', answer(202), {}],
  ['a server without memory', answer(241, '(total) memory limit exceeded'), { overloaded: 1 }],
  ['a user without memory', answer(241, 'User memory limit exceeded'), { overloaded: 1 }],
  ['a query that needs more than its own', answer(241, 'Query memory limit exceeded'), { overloaded: 1, atLimit: 1 }],
  [
    'the same, as older servers say it',
    answer(241, 'Memory limit (for query) exceeded'),
    { overloaded: 1, atLimit: 1 },
  ],
  ['a query that took too long', answer(159), { atLimit: 1 }],
  ['a query that would take too long', answer(160), { atLimit: 1 }],
  ['a bug', new TypeError('x is undefined'), { bugs: 1 }],
])('%s counts as what it is', (_, error, kind) => {
  expect(kindOf(error)).toEqual({ ...NONE, ...kind });
});

test('only attempts of a kind bring its end nearer', () => {
  const atLimit = kindOf(answer(159));
  const passing = kindOf(answer(394));
  const twice = add(add(NONE, atLimit), atLimit);
  expect(isEnough(Array.from({ length: 50 }, () => passing).reduce((sum, kind) => add(sum, kind), twice))).toBe(false);
  expect(isEnough(add(twice, atLimit))).toBe(true);
});

test('the past survives the trip through heartbeat details, whatever else they say', () => {
  const past = { overloaded: 2, atLimit: 1, bugs: 0 };
  for (const details of [undefined, null, 'swap', { readRows: 5 }])
    expect(pastOf(withPast(details, past))).toEqual(past);
  expect(withPast({ readRows: 5 }, NONE)).toEqual({ readRows: 5 });
  for (const broken of [undefined, null, 'swap', 7, { past: 1 }, { past: { overloaded: 'x' } }]) {
    expect(pastOf(broken)).toEqual(NONE);
  }
});

test('gentler and gentler, never less than something, and nothing at first', () => {
  const { limits } = loadSettings({ LLMA_MAX_MEMORY_MB: '1024' }, '/nonexistent');
  expect(gentler(limits, 0)).toEqual({});
  expect(gentler(limits, 1)).toEqual({
    max_threads: 1,
    max_bytes_before_external_group_by: '256000000',
    max_bytes_before_external_sort: '256000000',
    collect_hash_table_stats_during_aggregation: 0,
  });
  const spills = [1, 2, 3, 4, 5, 100].map((n) => Number(gentler(limits, n).max_bytes_before_external_group_by));
  expect(spills).toEqual([...spills].sort((a, b) => b - a));
  expect(spills.at(-1)).toBeGreaterThanOrEqual(16 * 1024 ** 2);
  const unlimited = { ...limits, maxMemoryMb: 0 };
  expect(Number(gentler(unlimited, 1).max_bytes_before_external_group_by)).toBe(256 * 1024 ** 2);
});
