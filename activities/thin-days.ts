import { addDays, type Partition } from '../config/partition.js';
import type { PublishedDay } from './audit-history.js';

/** What is known of a day before its audits are asked. */
export interface CountedDay {
  readonly partition: Partition;
  /** Rows that were computed, and events that were counted beside them. */
  readonly counted: { readonly rows: number; readonly events: number };
}

const WEEKS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Fewer say nothing of what is usual. */
const FEWEST_WEEKS = 3;

/**
 * Whether a day may be thin, by the rule of `sql/audits/thin_day.sql`: where not, that audit has nothing to find. A day has the rows that
 * were computed, and those of its other templates, which are not counted here: it may be less thin, and never thinner.
 * @param earlier published days that it may be compared with
 */
export function mayBeThin(
  { partition, counted }: CountedDay,
  earlier: readonly PublishedDay[],
  thinDayPercent: number,
): boolean {
  const weekdays = WEEKS.map((week) => addDays(partition, -7 * week));
  const weeks = earlier.filter(({ date }) => weekdays.includes(date));
  if (weeks.length < FEWEST_WEEKS) return false;
  const isThin = (found: number, usual: readonly number[]) => found * 100 < median(usual) * thinDayPercent;
  return (
    isThin(
      counted.rows,
      weeks.map(({ rows }) => Number(rows)),
    ) ||
    isThin(
      counted.events,
      weeks.map(({ source_rows }) => Number(source_rows)),
    )
  );
}

/** As `quantileExactInclusive(0.5)` has it: of an even number of values, halfway between the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = low] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return low + (high - low) / 2;
}
