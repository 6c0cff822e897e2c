import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { newToken } from '../clickhouse/names.js';
import { killQueries, selectKillable } from '../clickhouse/run-query.js';
import { caller, insertPrefix, logComment } from './context.js';
import type { Difference } from './count-candidates.js';

interface Input {
  readonly chunk: number;
  readonly maxExecutionSeconds: number;
  readonly partition: Partition;
  readonly llmEvents: string;
  /** What differs from the recount of the same query. */
  readonly differences: readonly Difference[];
}

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
 * Explains the count metrics that differ from the independent recount of the same query: the live source decides, because events go
 * on arriving. It may have more than a metric counted, unless nothing has arrived since the recount, which counted more as well.
 */
export async function explain(database: Database, input: Input, signal: AbortSignal): Promise<Recount> {
  const { differences } = input;
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
