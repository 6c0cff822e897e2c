import type { Partition } from '../../config/partition.js';
import type { Summary } from '../../clickhouse/database.js';
import type { Slice } from './slice.js';

/** Bytes of a row of a slice in memory, of all columns: measured 290 with short texts; 125 with the columns that metrics use. What has longer texts goes to disk while it is filled. */
export const BYTES_PER_ROW = 400;

const MB = 1_000_000;

/** The days that one slice takes, oldest first. */
export interface Room {
  readonly days: readonly Partition[];
  readonly engine: Slice['engine'];
}

/** And how they were found. */
export interface Chosen extends Room {
  /** Whether the source was read for it, which may take a while. */
  readonly counted: boolean;
}

/** Rows that a slice in memory may have. */
export function rowsWithin(memoryMb: number): number {
  return Math.floor((memoryMb * MB) / BYTES_PER_ROW);
}

/**
 * Whether a slice and its copy may be in memory together: there are two while deliveries beyond the first are taken away. Two rows of the
 * columns that metrics use take less than one counts, if their texts are short.
 * @param written the slice
 * @param kept rows of its copy
 */
export function fitsTwice(
  { writtenRows, writtenBytes }: Pick<Summary, 'writtenRows' | 'writtenBytes'>,
  { kept, narrow, memoryMb }: { readonly kept: number; readonly narrow: boolean; readonly memoryMb: number },
): boolean {
  const bytes = writtenBytes * (1 + kept / writtenRows);
  return writtenRows + kept <= rowsWithin(memoryMb) * (narrow ? 2 : 1) && bytes <= memoryMb * MB;
}

/**
 * Bytes of memory that filling a slice may take: how long its texts are shows only while it is filled. Beside the slice a thread takes
 * about 20 MB (measured).
 */
export function memoryToFill(memoryMb: number): number {
  return memoryMb * MB * 1.5 + 250 * MB;
}

/**
 * Whether another slice as large may be decoded while days are computed from this one: half of the memory for each, and what is dropped
 * meanwhile of the one before is within the other's room.
 */
export function leavesRoom(
  { rows, engine, bytes }: Pick<Slice, 'rows' | 'engine'> & { readonly bytes: number },
  memoryMb: number,
): boolean {
  return engine === 'Memory' && 2 * rows <= rowsWithin(memoryMb) && 2 * bytes <= memoryMb * MB;
}

/**
 * As many of the first days as fit into memory together; the first one alone, on disk, when not even it does.
 * @param rows rows of each day; a day without any is not in it.
 */
export function takeDays(days: readonly Partition[], rows: ReadonlyMap<string, number>, room: number): Room {
  let total = 0;
  const fitting: Partition[] = [];
  for (const day of days) {
    total += rows.get(day) ?? 0;
    if (total > room) break;
    fitting.push(day);
  }
  if (fitting.length > 0) return { days: fitting, engine: 'Memory' };
  return { days: days.slice(0, 1), engine: 'MergeTree' };
}
