import { describe, expect, test } from 'vitest';
import { mayBeThin } from '../../../activities/thin-days.js';
import { addDays, parsePartition } from '../../../config/partition.js';

const DAY = parsePartition('2026-03-10');

/** Published days so many days before, each with as many events as rows, unless it says otherwise. */
const before = (...days: readonly (readonly [daysBefore: number, rows: number, events?: number])[]) =>
  days.map(([days, rows, events = rows]) => {
    return { date: addDays(DAY, -days), rows: String(rows), source_rows: String(events), teams: '1' };
  });
const counted = (rows: number, events = 1_000_000) => ({ partition: DAY, counted: { rows, events } });

const WEEKS = before([7, 100], [14, 200], [21, 60]);

describe('a day may be thin', () => {
  test.each<[string, number, ReturnType<typeof before>, number, boolean]>([
    ['below so many percent of the median', 29, WEEKS, 30, true],
    ['not at exactly so many', 30, WEEKS, 30, false],
    ['halfway between two weeks where they are even', 40, [...WEEKS, ...before([28, 170])], 30, true],
    ['and not above that', 41, [...WEEKS, ...before([28, 170])], 30, false],
    ['by three weeks at least', 0, before([7, 100], [14, 100]), 30, false],
    ['by its weekday alone', 0, before([7, 100], [14, 100], [20, 100], [22, 100]), 30, false],
    ['by the eighth week', 0, before([7, 100], [14, 100], [56, 100]), 30, true],
    ['by no earlier one', 0, before([7, 100], [14, 100], [63, 100]), 30, false],
    ['by no day after it', 0, before([7, 100], [14, 100], [-7, 100]), 30, false],
    ['unless nobody wants to know', 0, WEEKS, 0, false],
    ['as numbers, not as texts', 100, before([7, 9], [14, 1000], [21, 1000]), 30, true],
  ])('%s', (_, rows, earlier, percent, is) => {
    expect(mayBeThin(counted(rows), earlier, percent)).toBe(is);
  });

  test('by its events, too', () => {
    const earlier = before([7, 100, 1000], [14, 100, 1000], [21, 100, 1000]);
    expect(mayBeThin(counted(100, 299), earlier, 30)).toBe(true);
    expect(mayBeThin(counted(100, 300), earlier, 30)).toBe(false);
  });
});
