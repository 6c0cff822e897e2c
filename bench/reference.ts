/** The reference work: statements that what is measured is divided by. Nothing in `reference/` is ever changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addDays, parsePartition, type Partition } from '../config/partition.js';
import { openSqlFiles } from '../templates/files.js';
import { createSqlEnvironment } from '../templates/environment.js';
import type { Size } from './sizes.js';

const FOLDER = join(import.meta.dirname, 'reference');

/** The event types that the reference statements read. */
export const EVENT_TYPES = ['$ai_trace', '$ai_generation', '$ai_span', '$ai_embedding'];

/** A statement of `reference/`, without its comments. */
export function reference(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8')
    .replaceAll(/^--.*\n/gm, '')
    .trim();
}

/** The first `days` of a size: from inclusive, to exclusive. */
export function rangeOf({ start, days: all }: Size, days: number = all): { from: Partition; to: Partition } {
  const from = parsePartition(start);
  return { from, to: addDays(from, days) };
}

/** The original's ten templates for one day, joined as it joins them. */
export function originalWay(day: Partition): string {
  const files = openSqlFiles(join(FOLDER, 'seed-way'));
  const environment = createSqlEnvironment({ files });
  const variables = { event_types: EVENT_TYPES, date_start: day, date_end: addDays(day, 1) };
  return readdirSync(files.directory)
    .sort()
    .map((file) => environment.render(file, variables).trim())
    .join('\nUNION ALL\n');
}
