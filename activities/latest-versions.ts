import type { Partition } from '../config/partition.js';
import type { ComputedDay } from './accept-partitions.js';
import type { ActivityDeps } from './deps.js';

/** What a template has accepted of a day. */
export interface Latest {
  readonly date: Partition;
  readonly template: string;
  readonly version: number;
  /** In microseconds since 1970; 0 where a worker of before accepted it. */
  readonly snapshot: number;
  readonly rows: number;
}

/** What is accepted of some days, by their markers alone: mostly it says that no other template has any rows there. */
export async function latestVersions(
  { database }: ActivityDeps,
  days: readonly Pick<ComputedDay, 'partition'>[],
): Promise<Latest[]> {
  const sql = database.statement('pipeline/latest-versions.sql');
  const rows = await database.select<Latest & { version: string; snapshot: string }>(sql, {
    params: { days: days.map(({ partition }) => partition) },
  });
  return rows.map((row) => ({ ...row, version: Number(row.version), snapshot: Number(row.snapshot) }));
}

/** What a computation was opened with: a later one has a greater version, or the same and a greater snapshot. */
export type Opened = Pick<Latest, 'version' | 'snapshot'>;

/**
 * Whether one computation of a day was opened after another. Two of one version and snapshot are one that was accepted twice, as after a
 * lost answer: whichever run counts, its rows do.
 */
export function isLater(one: Opened, other: Opened): boolean {
  return one.version > other.version || (one.version === other.version && one.snapshot > other.snapshot);
}

/** The days of which every template that was computed has a later version. */
export function overtakenDays(days: readonly ComputedDay[], latest: readonly Latest[]): Partition[] {
  const overtaken = (day: ComputedDay) =>
    Object.keys(day.templates).every((template) =>
      latest.some((row) => row.date === day.partition && row.template === template && isLater(row, day)),
    );
  return days.filter(overtaken).map(({ partition }) => partition);
}
