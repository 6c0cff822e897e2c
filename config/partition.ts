/**
 * Partitions: UTC days as branded `'YYYY-MM-DD'` strings, and the months that hold them.
 * Pure and small, so that workflows may import it too.
 */

/** One UTC day, `'YYYY-MM-DD'`. Made by {@link parsePartition} alone. */
export type Partition = string & { readonly __brand: 'Partition' };

/** One month of partitions, `'YYYYMM'`: ClickHouse's partition id of our tables. */
export type Month = string & { readonly __brand: 'Month' };

const DAY_MS = 86_400_000;
const SHAPE = /^\d{4}-\d{2}-\d{2}$/;

/** A date that isn't one. Its message names the value, what was expected, and what to do. */
export class PartitionError extends Error {
  override readonly name = 'PartitionError';
}

/**
 * The partition that `text` names.
 * @throws PartitionError unless it is a date that exists, `'YYYY-MM-DD'`, from 1970-01-01 (the first day of ClickHouse's Date) to 2149-06-05.
 */
export function parsePartition(text: unknown, what = 'date'): Partition {
  if (typeof text !== 'string' || !SHAPE.test(text)) {
    throw new PartitionError(`${what} ${JSON.stringify(text)}: expected a UTC day like "2026-01-31"`);
  }
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || fromTime(time) !== text) {
    const isMonth = /-(0[1-9]|1[0-2])-/.test(text);
    const why = isMonth
      ? "there is no such day; check the month's length"
      : 'there is no such month; expected 01 to 12';
    throw new PartitionError(`${what} "${text}": ${why}`);
  }
  if (text < '1970-01-01' || text > '2149-06-05') {
    throw new PartitionError(
      `${what} "${text}": expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold`,
    );
  }
  return text as Partition;
}

/** The UTC day that contains `time` (milliseconds since 1970). */
export function fromTime(time: number): Partition {
  return new Date(time).toISOString().slice(0, 10) as Partition;
}

/** `partition` moved by `days`, which may be negative. */
export function addDays(partition: Partition, days: number): Partition {
  return fromTime(toTime(partition) + days * DAY_MS);
}

export function nextDay(partition: Partition): Partition {
  return addDays(partition, 1);
}

export function previousDay(partition: Partition): Partition {
  return addDays(partition, -1);
}

/** Number of days from `from` to `to`, both included; 0 or less when `to` is before `from`. */
export function dayCount(from: Partition, to: Partition): number {
  return Math.round((toTime(to) - toTime(from)) / DAY_MS) + 1;
}

/** Midnight UTC at which the partition begins, in milliseconds since 1970. */
export function toTime(partition: Partition): number {
  return Date.parse(`${partition}T00:00:00Z`);
}

export function monthOf(partition: Partition): Month {
  return (partition.slice(0, 4) + partition.slice(5, 7)) as Month;
}

/** @throws PartitionError unless `text` is a month that exists, `'YYYYMM'`. */
export function parseMonth(text: unknown): Month {
  if (typeof text !== 'string' || !/^\d{6}$/.test(text)) {
    throw new PartitionError(`month ${JSON.stringify(text)}: expected year and month like "202601"`);
  }
  try {
    return monthOf(parsePartition(`${text.slice(0, 4)}-${text.slice(4)}-01`));
  } catch (error) {
    if (!(error instanceof PartitionError)) throw error;
    throw new PartitionError(`month "${text}": there is no such month; expected one from "197001" to "214906"`);
  }
}

/** First day of the month and first day of the next one. */
export function monthBounds(month: Month): { from: Partition; toExclusive: Partition } {
  const from = `${month.slice(0, 4)}-${month.slice(4)}-01` as Partition;
  const middleOfNext = addDays(from, 40);
  return { from, toExclusive: `${middleOfNext.slice(0, 7)}-01` as Partition };
}
