import { expect, test } from 'vitest';
import { judge, sentence } from '../../../bench/targets.js';

test('a value at the bound meets its target, one above misses it', () => {
  expect(judge('tiny', 30)).toMatchObject({ met: true });
  expect(judge('tiny', 30.01)).toMatchObject({ met: false });
});

test('a target with two bounds is missed on both sides', () => {
  expect([0.84, 0.85, 1, 1.15, 1.16].map((value) => judge('tinyFlat', value).met)).toEqual([
    ...[false, true, true, true, false],
  ]);
});

test('what could not be measured is neither met nor missed, and says so', () => {
  expect(judge('mid', NaN)).not.toHaveProperty('met');
  expect(sentence(judge('mid', NaN))).toBe('MID: whole job, a partition: target ≤ 130 ms, not measured');
});

test('a sentence has the value, the target, and whether it is met', () => {
  expect(sentence(judge('tiny', 28.44))).toBe('TINY: whole job, a partition: 28.4 ms, target ≤ 30 ms: met');
  expect(sentence(judge('largeJob', 1.7))).toBe(
    'LARGE, all templates: whole job ÷ decode.sql: 1.7, target ≤ 1.5: missed',
  );
  expect(sentence(judge('tinyFlat', 1))).toContain('target 0.85 to 1.15: met');
});
