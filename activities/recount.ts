import type { Partition } from '../config/partition.js';
import { newToken } from '../clickhouse/names.js';
import { killQueries, selectKillable } from '../clickhouse/run-query.js';
import { caller, insertPrefix } from './context.js';
import type { Difference } from './count-candidates.js';
import type { ActivityDeps } from './deps.js';
import { sourceSettings } from './insert-settings.js';

interface Input {
  readonly chunk: number;
  readonly maxExecutionSeconds: number;
  readonly partition: Partition;
  readonly llmEvents: string;
  /** Where the recount is of a slice: no event reaches it that arrives later. */
  readonly slice?: unknown;
  /** The metrics are of the slice, too. */
  readonly sliceAlone?: true;
  /** What differs from the recount of the same query. */
  readonly differences: readonly Difference[];
}

/** A count metric that is not the source's, and that no late event explains. */
export interface Unexplained {
  readonly team: bigint;
  readonly metric: string;
  readonly counted: number;
  /** What the slice has, or without one the source now. */
  readonly events: number;
}

export interface Recount {
  /** Events that arrived while the partition was computed. */
  readonly late: number;
  readonly unexplained: readonly Unexplained[];
}

/**
 * Explains the count metrics that differ from the independent recount of the same query. Nothing explains a difference where both read
 * one slice: what arrives is not in it. Elsewhere the live source decides, because events go on arriving. It may have more than a
 * metric counted, unless the recount counted more as well, and is of a slice, which is older than all that is read beside it, or
 * nothing has arrived since.
 */
export async function explain(deps: ActivityDeps, input: Input, signal: AbortSignal): Promise<Recount> {
  const { differences, slice, sliceAlone } = input;
  if (differences.length === 0) return { late: 0, unexplained: [] };
  if (sliceAlone) return { late: 0, unexplained: differences.map((of) => different(of, Number(of.recounted))) };
  const live = await liveCounts(deps, input, signal);
  const unexplained: Unexplained[] = [];
  let late = 0;
  for (const difference of differences) {
    const { team_id, metric_name, counted } = difference;
    const recounted = Number(difference.recounted);
    const events = live.get(`${team_id} ${metric_name}`) ?? 0;
    const isFinal = slice !== undefined || events <= recounted;
    if (events < counted || (counted < recounted && isFinal)) unexplained.push(different(difference, events));
    else late += events - counted;
  }
  return { late, unexplained };
}

function different({ team_id, metric_name: metric, counted }: Difference, events: number): Unexplained {
  return { team: BigInt(team_id), metric, counted, events };
}

async function liveCounts(
  deps: ActivityDeps,
  { chunk, llmEvents, partition, maxExecutionSeconds }: Input,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const { database } = deps;
  const sql = database.statement('pipeline/live-counts.sql', { llm_events: llmEvents });
  const prefix = insertPrefix(chunk);
  if (caller().attempt > 1) await killQueries(database, prefix);
  const rows = await selectKillable<{ key: string; events: string }>(database, sql, {
    signal,
    queryId: `${prefix}${newToken()}`,
    settings: await sourceSettings(deps, { maxExecutionSeconds, about: { recount: partition } }),
  });
  return new Map(rows.map(({ key, events }) => [key, Number(events)]));
}
