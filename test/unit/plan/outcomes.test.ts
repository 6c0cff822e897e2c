import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, parsePartition, type Partition } from '../../../config/partition.js';
import { daysOf } from '../../../workflows/plan/chunks.js';
import {
  addOutcomes,
  doneDays,
  EMPTY_TALLY,
  failed,
  retryable,
  toResult,
  type DayOutcome,
  type Outcome,
  type Tally,
} from '../../../workflows/plan/outcomes.js';

const FIRST = parsePartition('2026-01-01');
const day = (index: number): Partition => addDays(FIRST, index);
const OUTCOMES: readonly Outcome[] = ['published', 'failed', 'blocked', 'superseded', 'skipped'];

const outcome: fc.Arbitrary<DayOutcome> = fc
  .record({ index: fc.nat(60), outcome: fc.constantFrom(...OUTCOMES), rows: fc.nat(9) })
  .map(({ index, outcome: how, rows }) => ({
    partition: day(index),
    outcome: how,
    rows: how === 'published' ? rows : 0,
    ...(how === 'failed' ? { error: `no ${index}` } : {}),
  }));
const batches = fc.array(fc.uniqueArray(outcome, { selector: ({ partition }) => partition, maxLength: 20 }), {
  maxLength: 8,
});
const tallyOf = (list: readonly (readonly DayOutcome[])[]) => list.reduce<Tally>(addOutcomes, EMPTY_TALLY);

test('a day counts once, by its latest outcome', () => {
  fc.assert(
    fc.property(batches, (list) => {
      const tally = tallyOf(list);
      const latest = new Map(list.flat().map((of) => [of.partition, of]));
      expect(doneDays(tally)).toBe(latest.size);
      for (const how of OUTCOMES) {
        const expected = [...latest.values()].filter((of) => of.outcome === how).map(({ partition }) => partition);
        expect(tally.days[how].flatMap(daysOf), how).toEqual(expected.sort());
      }
      const errors = [...latest.values()].flatMap(({ partition, error }) =>
        error === undefined ? [] : [[partition, error]],
      );
      expect(tally.errors).toEqual(Object.fromEntries(errors));
    }),
  );
});

test('a failed day that was retried is failed no more, and its error is gone', () => {
  const before = tallyOf([[failed(day(0), 'no'), { partition: day(1), outcome: 'published', rows: 5 }]]);
  expect(retryable(before)).toEqual(['2026-01-01']);
  const after = addOutcomes(before, [{ partition: day(0), outcome: 'published', rows: 7 }]);
  expect(toResult({ from: day(0), to: day(1) }, after)).toEqual({
    from: '2026-01-01',
    to: '2026-01-02',
    published: ['2026-01-01', '2026-01-02'],
    failed: [],
    blocked: [],
    superseded: [],
    skipped: [],
    rows: 12,
    errors: {},
  });
});

test('what audits warned of is kept by day, until the day is computed again', () => {
  const warned: DayOutcome = { partition: day(1), outcome: 'published', rows: 1, warning: 'thin_day: few' };
  const tally = tallyOf([[warned, { partition: day(2), outcome: 'published', rows: 1 }]]);
  const range = { from: day(0), to: day(9) };
  expect(toResult(range, tally).warnings).toEqual({ [day(1)]: 'thin_day: few' });
  expect('warnings' in toResult(range, addOutcomes(tally, [{ ...warned, warning: undefined as never }]))).toBe(false);
});

test('failed and blocked days are retried, oldest first; superseded and skipped ones are not', () => {
  const tally = tallyOf([OUTCOMES.map((how, index) => ({ partition: day(9 - index), outcome: how, rows: 0 }))]);
  expect(retryable(tally)).toEqual([day(7), day(8)]);
});

test('adding changes neither the tally nor the empty one', () => {
  const tally = tallyOf([[failed(day(0), 'no')]]);
  const copy = structuredClone(tally);
  addOutcomes(tally, [{ partition: day(0), outcome: 'published', rows: 1 }]);
  expect(tally).toEqual(copy);
  expect(doneDays(EMPTY_TALLY)).toBe(0);
});

test('the tally of ten years stays small enough to be carried through continue-as-new', () => {
  const days = Array.from({ length: 3650 }, (_, index) => index);
  const published = days.map((index) => ({ partition: day(index), outcome: 'published' as const, rows: 100 }));
  expect(JSON.stringify(tallyOf([published])).length).toBeLessThan(200);
  // The worst that can be: no two neighbours end alike, and each failure says as much as it may.
  const worst = days.map((index): DayOutcome =>
    index % 2 ? { partition: day(index), outcome: 'published', rows: 100 } : failed(day(index), 'x'.repeat(10_000)),
  );
  const tally = tallyOf([worst]);
  expect(JSON.stringify(tally).length).toBeLessThan(300_000);
  expect(Object.keys(tally.errors)).toHaveLength(100);
  expect(tally.days.failed).toHaveLength(1825);
});

test('a long error is cut, and says so', () => {
  expect(failed(day(0), 'x'.repeat(1000)).error).toHaveLength(1000);
  expect(failed(day(0), 'x'.repeat(1001)).error).toBe(`${'x'.repeat(1000)}…`);
});
