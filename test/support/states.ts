import type { ActivityHarness } from './activity-harness.js';

const BY_DATE = (name: string, value: string) =>
  `-- metrics, by date: *\nSELECT date, team_id, '${name}' AS metric_name, ${value} AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

/** A template that counts users, and the states beside it. */
export const USERS = BY_DATE('users', 'uniqExact(user_id)');
export const USER_STATES =
  "SELECT date, team_id, 'users' AS metric_name, uniqCombined64State(13)(user_id) AS uniques FROM {{ llm_events }} GROUP BY date, team_id";
export const WITH_STATES = { users: USERS, 'states/users': USER_STATES };

/** A template of one percentile of latencies, and the states that it is made of: `latency` beside `latency_p50`, `latency_p95` … */
export const percentile = (name: string, of: string, state = 'latency', where = '1') => ({
  [name]: `-- metrics, by date: *\nSELECT date, team_id, '${state}_${of}' AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} WHERE ${where} GROUP BY date, team_id`,
  [`states/${name}`]: `SELECT date, team_id, '${state}' AS metric_name, quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(toFloat64(1)) AS quantiles FROM {{ llm_events }} WHERE ${where} GROUP BY date, team_id`,
});

export interface State {
  readonly date: string;
  readonly team_id: number;
  readonly metric_name: string;
  readonly ids: number;
}

/** What a table has of states, as the number of ids that each says. */
export function statesOf(harness: ActivityHarness, table: string, where = '1'): Promise<State[]> {
  return harness.select<State>(
    `SELECT toString(s.date) AS date, team_id, metric_name, toUInt64(finalizeAggregation(CAST(sketch, 'AggregateFunction(uniqCombined64(13), String)'))) AS ids FROM ${table} AS s WHERE ${where} ORDER BY ALL`,
  );
}

/** What analysts see of states. */
export function liveStates(harness: ActivityHarness): Promise<State[]> {
  return statesOf(harness, 'llma_metrics_states');
}

/** The state of {@link USER_STATES} of so many users. */
export const usersState = (date: string, ids: number, team_id = 1): State => ({
  ...{ date, team_id },
  metric_name: 'users',
  ids,
});

/** Adds an event of each of so many users, the same ones on every day. */
export async function addUsers(harness: ActivityHarness, day: string, count: number, team = 1): Promise<void> {
  await harness.command(
    `INSERT INTO events (uuid, event, timestamp, team_id, distinct_id, created_at)
     SELECT generateUUIDv4(number), '$ai_generation', toDateTime64({day:String}, 6, 'UTC') + number, {team:Int64}, concat('u', toString(number)), now()
     FROM numbers({count:UInt64})`,
    { day: `${day} 00:00:00`, count, team },
  );
}
