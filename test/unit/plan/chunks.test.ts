import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, dayCount, monthOf, parsePartition, type Partition } from '../../../config/partition.js';
import {
  byMonth,
  countDays,
  daysOf,
  takeChunk,
  toRanges,
  type DayRange,
  type Order,
} from '../../../workflows/plan/chunks.js';

const D = (text: string): Partition => parsePartition(text);
const START = D('2023-12-01');
const day = fc.integer({ min: 0, max: 120 }).map((days) => addDays(START, days));
const days = fc.array(day, { maxLength: 80 });
const order = fc.constantFrom<Order>('oldest-first', 'newest-first');
const size = fc.integer({ min: 1, max: 20 });
const sorted = (list: readonly Partition[]) => [...new Set(list)].sort();

/** All chunks of some ranges, one after the other. */
function takeAll(ranges: readonly DayRange[], chunkSize: number, by: Order): Partition[][] {
  const chunks: Partition[][] = [];
  let remaining = ranges;
  while (remaining.length > 0) {
    const taken = takeChunk(remaining, chunkSize, by);
    if (taken.chunk.length === 0) throw new Error('an empty chunk would be taken for ever');
    chunks.push(taken.chunk);
    remaining = taken.remaining;
  }
  return chunks;
}

test('days become ranges, and ranges the same days: sorted, without doubles, as few as can be', () => {
  fc.assert(
    fc.property(days, (list) => {
      const ranges = toRanges(list);
      expect(ranges.flatMap(daysOf)).toEqual(sorted(list));
      expect(countDays(ranges)).toBe(sorted(list).length);
      expect(toRanges(ranges.flatMap(daysOf))).toEqual(ranges);
      for (const [index, { from }] of ranges.slice(1).entries()) {
        expect(addDays(ranges[index]!.to, 1) < from, 'two ranges touch').toBe(true);
      }
    }),
  );
});

test('the chunks cover every day exactly once, in either order, and only the last is smaller', () => {
  fc.assert(
    fc.property(days, size, order, (list, chunkSize, by) => {
      const chunks = takeAll(toRanges(list), chunkSize, by);
      expect(chunks.flat().sort()).toEqual(sorted(list));
      for (const chunk of chunks.slice(0, -1)) expect(chunk).toHaveLength(chunkSize);
      expect(chunks.at(-1)?.length ?? 1).toBeLessThanOrEqual(chunkSize);
    }),
  );
});

test('chunks come in the order asked for; the days of one are oldest first', () => {
  fc.assert(
    fc.property(days, size, order, (list, chunkSize, by) => {
      const chunks = takeAll(toRanges(list), chunkSize, by);
      for (const chunk of chunks) expect(chunk).toEqual([...chunk].sort());
      const inOrder = by === 'oldest-first' ? chunks : chunks.toReversed();
      expect(inOrder.flat()).toEqual(sorted(list));
    }),
  );
});

test('taking a chunk changes nothing of what it was taken from', () => {
  const remaining = Object.freeze([Object.freeze({ from: D('2026-01-01'), to: D('2026-01-31') })]);
  takeChunk(remaining, 14, 'newest-first');
  expect(remaining).toEqual([{ from: '2026-01-01', to: '2026-01-31' }]);
});

test('31 days in chunks of 14', () => {
  const range = [{ from: D('2026-01-01'), to: D('2026-01-31') }];
  const bounds = (by: Order) => takeAll(range, 14, by).map((chunk) => [chunk[0], chunk.at(-1), chunk.length]);
  expect(bounds('oldest-first')).toEqual([
    ['2026-01-01', '2026-01-14', 14],
    ['2026-01-15', '2026-01-28', 14],
    ['2026-01-29', '2026-01-31', 3],
  ]);
  expect(bounds('newest-first')).toEqual([
    ['2026-01-18', '2026-01-31', 14],
    ['2026-01-04', '2026-01-17', 14],
    ['2026-01-01', '2026-01-03', 3],
  ]);
});

test('a chunk fills up across a gap, a month and a leap day', () => {
  const remaining = [
    { from: D('2024-02-28'), to: D('2024-02-29') },
    { from: D('2024-03-05'), to: D('2024-03-09') },
  ];
  expect(takeChunk(remaining, 4, 'oldest-first')).toEqual({
    chunk: ['2024-02-28', '2024-02-29', '2024-03-05', '2024-03-06'],
    remaining: [{ from: '2024-03-07', to: '2024-03-09' }],
  });
  expect(takeChunk(remaining, 6, 'newest-first')).toEqual({
    chunk: ['2024-02-29', '2024-03-05', '2024-03-06', '2024-03-07', '2024-03-08', '2024-03-09'],
    remaining: [{ from: '2024-02-28', to: '2024-02-28' }],
  });
});

test('nothing remains of nothing', () => {
  expect(takeChunk([], 14, 'oldest-first')).toEqual({ chunk: [], remaining: [] });
  expect([toRanges([]), countDays([]), daysOf({ from: D('2026-01-02'), to: D('2026-01-01') })]).toEqual([[], 0, []]);
});

test('months are in order, and hold each item once, days in order', () => {
  fc.assert(
    fc.property(days, (list) => {
      const items = list.map((partition, index) => ({ partition, index }));
      const months = byMonth(items);
      expect([...months.keys()]).toEqual([...months.keys()].sort());
      expect([...months.values()].flat().sort((a, b) => a.index - b.index)).toEqual(items);
      for (const [month, ofMonth] of months) {
        expect(ofMonth.every(({ partition }) => monthOf(partition) === month)).toBe(true);
        expect(
          ofMonth.every(({ partition }, i) => i === 0 || dayCount(ofMonth[i - 1]!.partition, partition) >= 1),
        ).toBe(true);
      }
    }),
  );
});
