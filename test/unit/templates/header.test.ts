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

test.each([
  ['-- metrics by date: a_count', 1, 'metrics by date'],
  ['-- about\n--Metrics By Date : *', 2, 'Metrics By Date'],
  ['-- metric: foo_*', 1, 'metric'],
  ['-- Metric, by date: foo_*', 1, 'Metric, by date'],
  ['-- metrics by-date: a', 1, 'metrics by-date'],
  ['-- metrics-by-date: a', 1, 'metrics-by-date'],
  ['-- metrics_by_date: a', 1, 'metrics_by_date'],
  ['-- metrics; by date: a', 1, 'metrics; by date'],
  ['-- metrics date: a', 1, 'metrics date'],
  ['\n\n-- metrics by day: a', 3, 'metrics by day'],
  ['--- metrics: a', 1, 'metrics'],
  ['-- metrics: a\n-- metrics by date: b', 2, 'metrics by date'],
  ['-- metrics,by-date: a', 1, 'metrics, by-date'],
])('%j is a misspelt header, in line %i', (source, line, given) => {
  expect(() => readHeader(source)).toThrow(
    expect.objectContaining({
      line,
      message: `"-- ${given}:" is not known: expected "-- metrics:", or "-- metrics, by date:"`,
    }) as Error,
  );
});

test.each([
  '-- metrics of each team',
  '-- metrics of each team: their sums',
  '-- The metrics: see docs',
  '-- metrics by date',
  '-- metrics by team: the sums',
  '-- metrics, by date, are sums',
  '-- metrical: a',
  '-- metrics_daily: its rows',
  '-- see\n-- docs/metrics.md: sums',
  'SELECT 1 -- metric: a',
  'SELECT 1\n-- metric: a',
])('%j is prose', (source) => {
  expect(readHeader(source)).toBeUndefined();
});

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
