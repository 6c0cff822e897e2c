import { addDays, dayCount, monthOf, type Month, type Partition } from '../../config/partition.js';

export type Order = 'oldest-first' | 'newest-first';

/** Days from `from` to `to`, both included. */
export interface DayRange {
  readonly from: Partition;
  readonly to: Partition;
}

/** The days of a range, oldest first. */
export function daysOf({ from, to }: DayRange): Partition[] {
  return Array.from({ length: Math.max(0, dayCount(from, to)) }, (_, index) => addDays(from, index));
}

/** From the first to the last of some days, of which there is at least one. */
export function spanOf(days: readonly Partition[]): DayRange {
  const [first] = days;
  if (first === undefined) throw new Error('a span needs a day');
  return days.reduce<DayRange>(({ from, to }, day) => ({ from: day < from ? day : from, to: day > to ? day : to }), {
    from: first,
    to: first,
  });
}

/** Number of days of some ranges. */
export function countDays(ranges: readonly DayRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + dayCount(from, to), 0);
}

/** Whether any of these days is of a month. */
export function hasDaysOf(ranges: readonly DayRange[], month: Month): boolean {
  return ranges.some(({ from, to }) => monthOf(from) <= month && month <= monthOf(to));
}

/** The same days as ranges of days that follow one another: what a long list is carried as. */
export function toRanges(days: readonly Partition[]): DayRange[] {
  const ranges: DayRange[] = [];
  for (const day of [...new Set(days)].sort()) {
    const last = ranges.at(-1);
    if (last && addDays(last.to, 1) === day) ranges[ranges.length - 1] = { from: last.from, to: day };
    else ranges.push({ from: day, to: day });
  }
  return ranges;
}

/**
 * Takes the next chunk from the remaining ranges.
 * @param size days of a chunk at the most.
 * @returns the chunk's days, oldest first whatever the order of chunks, and what remains.
 */
export function takeChunk(
  remaining: readonly DayRange[],
  size: number,
  order: Order,
): { chunk: Partition[]; remaining: DayRange[] } {
  const ranges = [...remaining];
  const chunk: Partition[] = [];
  while (chunk.length < size && ranges.length > 0) {
    const range = order === 'oldest-first' ? ranges.shift() : ranges.pop();
    if (!range) break;
    const room = size - chunk.length;
    if (dayCount(range.from, range.to) <= room) {
      chunk.push(...daysOf(range));
    } else if (order === 'oldest-first') {
      chunk.push(...daysOf({ from: range.from, to: addDays(range.from, room - 1) }));
      ranges.unshift({ from: addDays(range.from, room), to: range.to });
    } else {
      chunk.push(...daysOf({ from: addDays(range.to, 1 - room), to: range.to }));
      ranges.push({ from: range.from, to: addDays(range.to, -room) });
    }
  }
  return { chunk: chunk.sort(), remaining: ranges };
}

/** The items by month of their partition, months in order. */
export function byMonth<T extends { readonly partition: Partition }>(items: readonly T[]): Map<Month, T[]> {
  const months = new Map<Month, T[]>();
  for (const item of [...items].sort((a, b) => (a.partition < b.partition ? -1 : 1))) {
    const month = monthOf(item.partition);
    months.set(month, [...(months.get(month) ?? []), item]);
  }
  return months;
}
