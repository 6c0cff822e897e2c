import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { newToken } from '../clickhouse/names.js';
import { killQueries, selectKillable } from '../clickhouse/run-query.js';
import { caller, insertPrefix, logComment } from './context.js';
import { permanent } from './failure.js';

interface Difference {
  team_id: string;
  metric_name: string;
  counted: number;
  recounted: string;
}

interface Input {
  readonly chunk: number;
  readonly maxExecutionSeconds: number;
  readonly partition: Partition;
  readonly candidates: string;
  readonly token: string;
  readonly templates: readonly string[];
  readonly eventTypes: readonly string[];
  readonly llmEvents: string;
}

/** The shipped template that counts the events of every type. */
const COUNTS = 'event_counts';

/**
 * Holds the count metrics against an independent recount. The recount of the same snapshot must be equal; where it isn't,
 * the live source decides: it may only be larger, because events go on arriving.
 * @returns how many events are late.
 * @throws VerificationFailed when a metric counted events that the source does not have.
 */
export async function lateRows(database: Database, input: Input, signal: AbortSignal): Promise<number> {
  const names = input.eventTypes.map((event) => `${event.slice(1)}_count`);
  const params = { token: input.token, names, all: input.templates.includes(COUNTS) };
  const sql = database.statement('pipeline/recount.sql', { candidates: database.temporary(input.candidates) });
  const differences = await database.select<Difference>(sql, { params });
  if (differences.length === 0) return 0;
  const live = await liveCounts(database, input, signal);
  let late = 0;
  for (const { team_id, metric_name, counted } of differences) {
    const now = live.get(`${team_id} ${metric_name}`) ?? 0;
    if (now < counted) {
      const message = `partition ${input.partition} was not accepted:\nrecount: metric "${metric_name}" of team ${team_id} is ${counted}, but the source has ${now} such events`;
      throw permanent(FAILURE.verification, message);
    }
    late += now - counted;
  }
  return late;
}

async function liveCounts(
  database: Database,
  { chunk, llmEvents, partition, maxExecutionSeconds }: Input,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const sql = database.statement('pipeline/live-counts.sql', { llm_events: llmEvents });
  const prefix = insertPrefix(chunk);
  if (caller().attempt > 1) await killQueries(database, prefix);
  const rows = await selectKillable<{ key: string; events: string }>(database, sql, {
    signal,
    queryId: `${prefix}${newToken()}`,
    settings: { max_execution_time: maxExecutionSeconds, log_comment: logComment({ recount: partition }) },
  });
  return new Map(rows.map(({ key, events }) => [key, Number(events)]));
}
