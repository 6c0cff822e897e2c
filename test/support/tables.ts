import type { ActivityHarness } from './activity-harness.js';

export interface LiveRow {
  readonly date: string;
  readonly team_id: number;
  readonly metric_name: string;
  readonly metric_value: number;
}

/** What analysts see, in order. */
export function liveRows(harness: ActivityHarness, where = '1'): Promise<LiveRow[]> {
  return harness.select(
    `SELECT toString(date) AS date, team_id, metric_name, metric_value FROM llma_metrics_daily WHERE ${where.replaceAll(/\bdate\b/g, 'toString(date)')} ORDER BY ALL`,
  );
}

/** The metric rows of the versions, markers apart. */
export function versionRows(
  harness: ActivityHarness,
): Promise<(LiveRow & { template: string; version: number; run: string })[]> {
  return harness.select(
    `SELECT toString(date) AS date, team_id, metric_name, metric_value, template, version, toString(run) AS run
     FROM llma_metrics_versions WHERE metric_name != '' ORDER BY ALL`,
  );
}

export function markers(
  harness: ActivityHarness,
): Promise<{ date: string; template: string; rows: number; version: number; run: string }[]> {
  return harness.select(
    `SELECT toString(date) AS date, template, metric_value AS rows, version, toString(run) AS run
     FROM llma_metrics_versions WHERE metric_name = '' AND team_id = 0 ORDER BY date, template, version, run`,
  );
}

/** Rows of the ledger, oldest first. */
export function ledger<Row = Record<string, unknown>>(
  harness: ActivityHarness,
  columns: string,
  where = '1',
): Promise<Row[]> {
  return harness.select(`SELECT ${columns} FROM llma_partition_runs WHERE ${where} ORDER BY recorded_at`);
}

/** Active parts of a table. */
export async function parts(harness: ActivityHarness, table: string): Promise<number> {
  const [row] = await harness.select<{ n: number }>(
    `SELECT count() AS n FROM system.parts WHERE database = '${harness.name}' AND table = {table:String} AND active`,
    { table },
  );
  return row!.n;
}

/** The server's clock, to ask for what comes after. */
export async function serverTime(harness: ActivityHarness): Promise<string> {
  const [row] = await harness.select<{ now: string }>('SELECT toString(now64(6)) AS now');
  return row!.now;
}

/** Parts that INSERTs have made since, whether they were merged meanwhile or not. */
export async function insertedParts(harness: ActivityHarness, table: string, since: string): Promise<number> {
  await harness.command('SYSTEM FLUSH LOGS part_log');
  const [row] = await harness.select<{ n: number }>(
    `SELECT count() AS n FROM system.part_log
     WHERE database = '${harness.name}' AND startsWith(table, {table:String}) AND event_type = 'NewPart' AND event_time_microseconds >= {since:String}`,
    { table, since },
  );
  return row!.n;
}
