import { fromTime, previousDay, type Partition } from '../config/partition.js';
import type { Settings } from '../config/settings.js';
import type { DayRange } from '../workflows/plan/chunks.js';
import { UsageError } from './errors.js';

/**
 * The range of a backfill, with its defaults: `partition_start_date` to yesterday, UTC.
 * @throws UsageError for a day that isn't over, lies before the start date, or a range that is empty.
 */
export function resolveRange(
  { partitionStartDate }: Pick<Settings, 'partitionStartDate'>,
  given: { readonly from?: Partition; readonly to?: Partition },
  now = Date.now(),
): DayRange {
  const today = fromTime(now);
  const { from = partitionStartDate, to = previousDay(today) } = given;
  for (const [option, day] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    const why = notOver(day, today);
    if (why !== undefined) {
      throw new UsageError(`${option} ${day}: ${why}; the latest possible day is ${previousDay(today)} (UTC)`);
    }
    if (day < partitionStartDate) {
      throw new UsageError(
        `${option} ${day} is before partition_start_date ${partitionStartDate}; set LLMA_PARTITION_START_DATE to an earlier day, or begin later`,
      );
    }
  }
  if (from > to) throw new UsageError(`--from ${from} is after --to ${to}: the range is empty; swap them`);
  return { from, to };
}

/** Why no backfill computes a day; undefined for a day that one would. */
export function notComputable(
  day: Partition,
  { partitionStartDate }: Pick<Settings, 'partitionStartDate'>,
  now = Date.now(),
): string | undefined {
  if (day < partitionStartDate) return `it is before LLMA_PARTITION_START_DATE ${partitionStartDate}`;
  return notOver(day, fromTime(now));
}

function notOver(day: Partition, today: Partition): string | undefined {
  if (day < today) return undefined;
  return day === today ? 'today is not over yet' : 'it lies in the future';
}
