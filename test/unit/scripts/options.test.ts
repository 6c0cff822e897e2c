import { expect, test } from 'vitest';
import { optionDifferences } from '../../../scripts/backfill-options.js';
import { day, names, team, wholeNumber } from '../../../scripts/options.js';
import type { Progress } from '../../../workflows/plan/progress.js';

test.each([
  ['1', 1],
  ['64', 64],
])('%s is a whole number from 1 to 64', (text, value) => {
  expect(wholeNumber(1, 64)(text)).toBe(value);
});

test.each(['', '0', '65', '-1', '1.0', '1e1', ' 5', '0x5', 'many'])('%j is not', (text) => {
  expect(() => wholeNumber(1, 64)(text)).toThrow('Expected a whole number from 1 to 64.');
});

test('days', () => {
  expect(day('2024-02-29')).toBe('2024-02-29');
  expect(() => day('2025-02-29')).toThrow(`There is no such day; check the month's length.`);
  expect(() => day('2025-2-9')).toThrow('Expected a UTC day like "2026-01-31".');
});

test('teams are UInt64', () => {
  expect(['0', '007', '9007199254740993', '18446744073709551615'].map(team)).toEqual([
    '0',
    '7',
    '9007199254740993',
    '18446744073709551615',
  ]);
  for (const text of ['', '-1', '1.5', '0x1', ' 1', '18446744073709551616']) {
    expect(() => team(text)).toThrow('Expected a whole number from 0 to 18446744073709551615.');
  }
});

test('names', () => {
  expect(names('a, b,a')).toEqual(['a', 'b']);
  for (const text of ['', 'a,', ',']) expect(() => names(text)).toThrow('A name is empty');
});

const running = { maxPartitionsPerRun: 14, concurrency: 8, order: 'oldest-first' } as Progress;

test.each([
  [{}, running, []],
  [{ concurrency: 8, order: 'oldest-first', maxPartitionsPerRun: 14 }, running, []],
  [{ concurrency: 4 }, running, [{ option: '--concurrency', given: '4', running: '8' }]],
  [{ metrics: ['a'] }, running, [{ option: '--metrics', given: 'a', running: 'all' }]],
  [{ metrics: ['b', 'a'] }, { ...running, metrics: ['a', 'b'] }, []],
  [{ metrics: ['a'] }, { ...running, metrics: ['a', 'b'] }, [{ option: '--metrics', given: 'a', running: 'a,b' }]],
] as const)('%j beside %j differs in %j', (given, has, differences) => {
  expect(optionDifferences(given, has)).toEqual(differences);
});
