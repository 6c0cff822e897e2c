import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { newToken } from '../clickhouse/names.js';
import { killQueries, selectKillable } from '../clickhouse/run-query.js';
import { caller, insertPrefix, logComment } from './context.js';

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

/** A count metric that is not the source's, and that no late event explains. */
export interface Unexplained {
  readonly team: bigint;
  readonly metric: string;
  readonly counted: number;
  /** What the source has now. */
  readonly events: number;
}

export interface Recount {
  /** Events that arrived while the partition was computed. */
  readonly late: number;
  readonly unexplained: readonly Unexplained[];
}

/**
 * Holds the count metrics against an independent recount. The recount of the same query should be equal; where it isn't,
 * the live source decides, because events go on arriving: it may have more than a metric counted, unless nothing has
 * arrived since the recount, which counted more as well.
 */
export async function recount(database: Database, input: Input, signal: AbortSignal): Promise<Recount> {
  const names = input.eventTypes.map((event) => `${event.slice(1)}_count`);
  const params = { token: input.token, names, all: input.templates.includes(COUNTS) };
  const sql = database.statement('pipeline/recount.sql', { candidates: database.temporary(input.candidates) });
  const differences = await database.select<Difference>(sql, { params });
  if (differences.length === 0) return { late: 0, unexplained: [] };
  const live = await liveCounts(database, input, signal);
  const unexplained: Unexplained[] = [];
  let late = 0;
  for (const { team_id, metric_name: metric, counted, recounted } of differences) {
    const events = live.get(`${team_id} ${metric}`) ?? 0;
    const nothingArrived = events <= Number(recounted);
    if (events < counted || (counted < Number(recounted) && nothingArrived)) {
      unexplained.push({ team: BigInt(team_id), metric, counted, events });
    } else late += events - counted;
  }
  return { late, unexplained };
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
