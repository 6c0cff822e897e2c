import type { ClickHouseSettings } from '@clickhouse/client';
import { digest, insertQueryPrefix, newToken } from '../clickhouse/names.js';
import { killQueries } from '../clickhouse/run-query.js';
import type { Summary } from '../clickhouse/database.js';
import type { Partition } from '../config/partition.js';
import { coalesce } from './coalesce.js';
import { logComment, type Caller } from './context.js';
import type { ActivityDeps } from './deps.js';
import { insertDays, type Written } from './insert-days.js';
import type { StateCount } from './insert-states.js';
import { templateHashes, type ExecuteInsertInput } from './insert-settings.js';
import type { DecodedDay, Slice } from './slice/slice.js';
import { togetherKey, triesAlone } from './select-together.js';

/** A day whose INSERT is the same as that of others, but for the day. */
export interface InsertedDay {
  readonly by: Caller;
  readonly input: ExecuteInsertInput & { readonly slice: { readonly of: Slice; readonly day: DecodedDay } };
  /** Of this attempt: all but the `log_comment` is that of the others. */
  readonly settings: ClickHouseSettings;
  readonly onProgress: (progress: unknown) => void;
}

/** What one day has of an INSERT. */
export interface Inserted {
  readonly token: string;
  readonly writtenRows: number;
  readonly queryId: string;
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsedMs: number;
  /** States beside the rows, as they were counted; undefined when no template has any. */
  readonly states?: readonly StateCount[];
}

/** Events that the days of one INSERT have at most: what they share is the planning, which does not matter beyond. */
const MOST_EVENTS = 2_000_000;

/**
 * Inserts days of templates by date that ask for it at the same time, in one statement: planning it costs more than running it.
 * A day that found the server overloaded comes back alone.
 */
export function insertsTogether(deps: ActivityDeps) {
  const inserts = coalesce<InsertedDay, Inserted>({
    run: async ([first, ...others], signal) => (first ? await insert(deps, [first, ...others], signal) : []),
    nameOf: ({ input }) => input.partition,
    weightOf: ({ input }) => input.slice.day.rows,
    heaviest: MOST_EVENTS,
    alone: triesAlone,
  });
  return async (day: InsertedDay, signal: AbortSignal): Promise<Inserted> => {
    const { by, input, settings } = day;
    if (by.attempt > 1) await killOf(deps, day);
    const same = { ...settings, log_comment: '' };
    return await inserts(togetherKey({ ...input, by }, [input.templates, same]), day, signal);
  };
}

async function insert(
  deps: ActivityDeps,
  days: readonly [InsertedDay, ...InsertedDay[]],
  signal: AbortSignal,
): Promise<Inserted[]> {
  const [{ by, input, settings }, ...others] = days;
  const queryId = `${prefixOf(by, input)}${newToken()}`;
  const partitions: [Partition, ...Partition[]] = [input.partition, ...others.map((day) => day.input.partition)];
  const about = { partitions, templates: templateHashes(input) };
  const { summary, written } = await insertDays(deps, input, {
    by,
    partitions,
    queryId,
    settings: { ...settings, log_comment: logComment(about, by) },
    signal,
    onProgress: (progress) => days.forEach((day) => day.onProgress(progress)),
  });
  const events = days.reduce((sum, day) => sum + day.input.slice.day.rows, 0);
  return written.map((of, index) => ({
    queryId,
    ...shareOf(summary, of, (days[index]?.input.slice.day.rows ?? 0) / events),
  }));
}

function prefixOf({ workflowId, runId }: Caller, { chunk }: ExecuteInsertInput): string {
  return `${insertQueryPrefix(workflowId, runId, chunk)}${digest('together')}-`;
}

/** Kills what an attempt before began for this day: other days in it are tried again. */
async function killOf({ database }: ActivityDeps, { by, input }: InsertedDay): Promise<void> {
  await killQueries(database, prefixOf(by, input), input.partition);
}

/** What one day has of the INSERT of several: of what it read, the share of the day's events. */
function shareOf(summary: Summary, written: Written, share: number): Omit<Inserted, 'queryId'> {
  const of = (all: number) => Math.round(Number.isFinite(share) ? all * share : 0);
  const { readRows, readBytes, elapsedMs } = summary;
  const { token, rows: writtenRows, states } = written;
  const costs = { readRows: of(readRows), readBytes: of(readBytes), elapsedMs: of(elapsedMs) };
  return { token, writtenRows, ...costs, ...(states ? { states } : {}) };
}
