import { expect, test } from 'vitest';
import { declaredExpression, readHeader } from '../../../templates/header.js';

test.each<[string, readonly string[] | undefined, boolean?]>([
  ['-- metrics: a', ['a']],
  ['-- metrics: a, b_* ,c', ['a', 'b_*', 'c']],
  ['--metrics:a', ['a']],
  ['\n  -- Metrics :  a\n', ['a']],
  ['-- about\n-- metrics: a\n-- metrics: b\nSELECT 1', ['a', 'b']],
  ['-- metrics: a\r\nSELECT 1', ['a']],
  ['-- metrics: x.y:z-1 w', ['x.y:z-1 w']],
  ['-- metrics, by date: a', ['a'], true],
  ['-- Metrics ,by date : a\n-- metrics: b', ['a', 'b'], true],
  ['', undefined],
  ['SELECT 1\n-- metrics: a', undefined],
  ['{% set x = 1 %}\n-- metrics: a', undefined],
  ['-- the metrics: are described elsewhere', undefined],
])('%j declares %j', (source, declaredMetrics, byDate = false) => {
  expect(readHeader(source)).toEqual(declaredMetrics && { declaredMetrics, byDate });
});

test.each([
  '-- metrics:',
  '-- metrics: ,',
  '-- metrics: a,,b',
  "-- metrics: it's",
  '-- metrics: a; b',
  '-- metrics: $a',
])('%j is a mistake', (source) => {
  expect(() => readHeader(source)).toThrow(/^"-- metrics:" names ".*": expected names like/);
});

test.each(['-- metrics, by day: a', '-- metrics, about tokens: a', '-- metrics,: a'])(
  '%j is a mistake too',
  (source) => {
    expect(() => readHeader(source)).toThrow(/^"-- metrics, .*" is not known: expected .* or "-- metrics, by date:"$/);
  },
);

test.each<[string, string, boolean]>([
  ['a', 'a', true],
  ['a', 'ab', false],
  ['ba', 'a', false],
  ['ai_span_count', '*_count', true],
  ['_count', '*_count', true],
  ['ai_span_counts', '*_count', false],
  ['ai_span_count', 'ai_*_count', true],
  ['anything\nat all', '*', true],
  ['', '*', true],
  ['axb', 'a.b', false],
  ['a+b', 'a+b', true],
  ['a-b', 'a-b', true],
])('%j against %j: %j', (name, pattern, expected) => {
  expect(new RegExp(declaredExpression(pattern)).test(name)).toBe(expected);
});
