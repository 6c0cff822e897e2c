import type { ActivityHarness } from './activity-harness.js';

/** Events of one team, kind and day. */
export interface Events {
  readonly day: string;
  readonly team?: number;
  readonly event?: string;
  readonly count?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Deliveries of each event; default 1. */
  readonly deliveries?: number;
}

/** Adds events to the source, spread over their day, each with an id of its own. */
export async function addEvents(harness: ActivityHarness, ...all: readonly Events[]): Promise<void> {
  for (const { day, team = 1, event = '$ai_generation', count = 1, properties = {}, deliveries = 1 } of all) {
    await harness.command(
      `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
       SELECT id, {event:String}, {properties:String}, at, {team:Int64}, 'user', at
       FROM (SELECT generateUUIDv4(number) AS id, toDateTime64({day:String}, 6, 'UTC') + toIntervalMicrosecond(intDiv(86399999999 * number, {count:UInt64})) AS at FROM numbers({count:UInt64})) AS e
       CROSS JOIN numbers({deliveries:UInt64}) AS d`,
      { day: `${day} 00:00:00`, team, event, count, deliveries, properties: JSON.stringify(properties) },
    );
  }
}

/** Three million events of other kinds, of the year before 2026-03-10, in granules that a date range prunes. */
export async function addYear(harness: ActivityHarness): Promise<void> {
  await harness.command(
    `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at, _timestamp)
     SELECT toUUID('00000000-0000-0000-0000-000000000000'), '$pageview', '{}', toDateTime64('2025-03-10 00:00:00', 6, 'UTC') + number * 10, 1, 'u', 0, 0
     FROM numbers(3000000)`,
  );
}

/** A template of one row for each `[team, metric, value]`, whatever the events. */
export function rowsTemplate(
  ...rows: readonly (readonly [team: number, metric: string, value: number | string])[]
): string {
  const tuples = rows.map(([team, metric, value]) => `(${team}, '${metric}', toFloat64(${value}))`).join(', ');
  return `SELECT toDate('{{ date_start }}') AS date, r.1 AS team_id, r.2 AS metric_name, r.3 AS metric_value FROM (SELECT arrayJoin([${tuples}]) AS r)`;
}

/** A template whose query takes so long, and little of the processor. */
export function slowTemplate(seconds: number): string {
  return `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'slow' AS metric_name, toFloat64(count()) AS metric_value
FROM (SELECT sleepEachRow(0.02) AS slept FROM numbers(${50 * seconds}) SETTINGS max_block_size = 1) WHERE NOT ignore(slept)`;
}
