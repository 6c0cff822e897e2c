import { afterEach, expect, test, vi } from 'vitest';
import { parseOptions } from '../../../bench/options.js';
import { PARTS } from '../../../bench/parts/index.js';
import { SIZE_NAMES, SIZES, spansOf } from '../../../bench/sizes.js';
import { addDays, parsePartition } from '../../../config/partition.js';

afterEach(() => vi.restoreAllMocks());

test('without names everything is measured, three times', () => {
  const options = parseOptions([], PARTS);
  expect(options).toMatchObject({ parts: Object.keys(PARTS), sizes: SIZE_NAMES, rounds: 3, pace: 100, queries: 1000 });
});

test('parts run in their own order, each once, at the sizes that were named in whatever case', () => {
  const options = parseOptions(['noop', 'job', 'noop', '--size', 'tiny,MID', '--rounds', '1'], PARTS);
  expect(options).toMatchObject({ parts: ['job', 'noop'], sizes: ['TINY', 'MID'], rounds: 1 });
});

test.each([
  [['speed'], /expected of reference, job/],
  [['--size', 'HUGE'], /expected of TINY/],
  [['--rounds', '0'], /a whole number from 1/],
])('%j is refused with what is expected', (argv, message) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('ended');
  });
  expect(() => parseOptions(argv, PARTS)).toThrow('ended');
  expect(write.mock.calls.join('')).toMatch(message);
});

test('every size is measured by some part, and its days are over', () => {
  const measured = new Set(Object.values(PARTS).flatMap(({ sizes }) => sizes));
  expect([...measured].sort()).toEqual([...SIZE_NAMES].sort());
  const today = new Date().toISOString().slice(0, 10);
  for (const { start, days } of Object.values(SIZES))
    expect(addDays(parsePartition(start), days - 1) < today).toBe(true);
});

test('statements are measured over spans that a size has', () => {
  expect(spansOf(SIZES.LARGE)).toEqual([1, 5]);
  expect(spansOf(SIZES.XL)).toEqual([1, 5, 14, 31]);
  expect(spansOf(SIZES.MID)).toEqual([1, 5, 14, 30]);
});
