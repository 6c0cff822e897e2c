/** The reference work: statements that what is measured is divided by. Nothing in `reference/` is ever changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';

/** A size of the reference events. */
export interface Size {
  readonly perDay: number;
  readonly days: number;
  readonly teams: number;
  /** Characters of prompt. */
  readonly pad: number;
}

/** The first of the reference days. */
export const START = '2026-05-01';

export const SIZES = {
  TINY: { perDay: 5000, days: 60, teams: 20, pad: 80 },
  MID: { perDay: 200_000, days: 30, teams: 200, pad: 440 },
  LARGE: { perDay: 1_200_000, days: 5, teams: 200, pad: 440 },
} as const satisfies Readonly<Record<string, Size>>;

export type SizeName = keyof typeof SIZES;

/** A statement of `reference/`, without its comments. */
export function reference(file: string): string {
  const text = readFileSync(join(import.meta.dirname, 'reference', file), 'utf8');
  return text.replaceAll(/^--.*\n/gm, '').trim();
}

/** Fills the empty table `events` of the client's database. */
export async function loadEvents(clickhouse: ClickHouseClient, { perDay, days, teams, pad }: Size): Promise<void> {
  await clickhouse.command({
    query: reference('events.sql'),
    query_params: { start: START, per_day: perDay, days, teams, pad },
    clickhouse_settings: { wait_end_of_query: 1 },
  });
  // Merges would run beside whatever is measured first.
  await clickhouse.command({ query: 'OPTIMIZE TABLE events FINAL', clickhouse_settings: { wait_end_of_query: 1 } });
}
