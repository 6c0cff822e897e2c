import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { addDays, fromTime, parsePartition, previousDay } from '../config/partition.js';

/** Teams of the generated events: others than those of the real trace. */
export const GENERATED_TEAMS = [101, 102, 103, 104, 105, 106, 107, 108] as const;

/** What to generate. */
export interface GenerateOptions {
  readonly clickhouse: ClickHouseClient;
  /** Has a table `events`. */
  readonly database: string;
  /** Number of days. Default 45. */
  readonly days?: number | undefined;
  /** The last of them, `'YYYY-MM-DD'`. Default: yesterday, UTC. */
  readonly endingOn?: string | undefined;
  /** Another seed makes other events. A whole number from 0. Default 1. */
  readonly seed?: number | undefined;
}

export interface GeneratedDays {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** What was not there yet. */
  readonly inserted: number;
}

/**
 * Generates days of events inside ClickHouse (examples/README.md), 4,000 to 7,500 a day. A day's events depend on the seed and
 * its date alone, and what is there already stays: running it again, or a day later, adds only what is missing.
 */
export async function loadGenerated(options: GenerateOptions): Promise<GeneratedDays> {
  const { days = 45, endingOn = previousDay(fromTime(Date.now())), seed = 1 } = options;
  const to = parsePartition(endingOn, 'last generated day');
  const from = addDays(to, 1 - days);
  const { summary } = await options.clickhouse.command({
    query: await readFile(join(import.meta.dirname, 'generated-days.sql'), 'utf8'),
    query_params: { database: options.database, first_day: from, days, seed },
    // The summary is complete, and the rows are there, when the statement returns.
    clickhouse_settings: { wait_end_of_query: 1 },
  });
  return { from, to, days, inserted: Number(summary?.written_rows ?? 0) };
}
