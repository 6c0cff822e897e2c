import { expect, test } from 'vitest';
import { median, medianRatio, quantile, spread } from '../../../bench/statistics.js';

test('the median is the middle, or the mean of the two in the middle, in whatever order values come', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test('a quantile is one of the values', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0, 0.5, 0.95, 0.99, 1].map((q) => quantile(hundred, q))).toEqual([1, 51, 96, 100, 100]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a spread has the fastest, the middle and the slowest round, and nothing of no rounds', () => {
  const values = [9, 1, 5];
  expect(spread(values)).toEqual({ min: 1, median: 5, max: 9 });
  expect(values).toEqual([9, 1, 5]);
  expect(spread([])).toEqual({ min: NaN, median: NaN, max: NaN });
});

test('a ratio is taken round by round: a noisy minute slows both down', () => {
  expect(medianRatio([2, 200, 3], [1, 100, 1])).toBe(2);
  expect(medianRatio([1, 2], [1])).toBeNaN();
});
