import { setTimeout as after } from 'node:timers/promises';
import type { ClickHouseSettings as Settings } from '@clickhouse/client';
import type { Database, Params, QueryOptions, Summary } from './database.js';
import { errorCode, PassingError } from './errors.js';
import { newToken } from './names.js';

/** Where a running query is, from `system.processes`. */
export interface QueryProgress {
  readonly queryId: string;
  readonly readRows: number;
  readonly elapsedMs: number;
}

export interface RunOptions extends WatchOptions {
  readonly sql: string;
  readonly params?: Params;
  readonly settings?: Settings;
}

interface WatchOptions {
  readonly queryId: string;
  /** Aborting kills the query on the server, and waits until it is dead. */
  readonly signal: AbortSignal;
  /** Called at every look at the running query. */
  readonly onProgress?: (progress: QueryProgress) => void;
  /** Milliseconds between two looks. Default 2000. */
  readonly pollEveryMs?: number;
}

/** The server no longer runs the query and its answer did not come: nobody knows whether it was done. */
export class LostResponseError extends PassingError {
  override readonly name = 'LostResponseError';
}

/** Looks in a row that must miss the query, or the server, before its answer counts as lost: an answer may be on its way. */
const MISSES = 3;

/**
 * Runs one statement to its end and watches it from a second connection: reports progress, kills it when `signal` aborts,
 * and does not wait for ever for an answer that was lost on the way.
 * @throws the server's error, LostResponseError, or `signal.reason`.
 */
export async function runQuery(database: Database, options: RunOptions): Promise<Summary> {
  const { sql, params, settings } = options;
  return await watched(database, options, (running) =>
    database.command(sql, {
      queryId: options.queryId,
      ...running,
      ...(params ? { params } : {}),
      ...(settings ? { settings } : {}),
    }),
  );
}

/** Rows of a SELECT that may take long, watched in the same way. @throws the server's error, LostResponseError, or `signal.reason`. */
export async function selectKillable<Row>(
  database: Database,
  sql: string,
  options: QueryOptions & { readonly queryId: string; readonly signal: AbortSignal },
): Promise<Row[]> {
  return await watched(database, options, (running) => database.select<Row>(sql, { ...options, ...running }));
}

async function watched<T>(
  database: Database,
  options: WatchOptions,
  start: (running: Required<Pick<QueryOptions, 'signal' | 'onWait'>>) => Promise<T>,
): Promise<T> {
  options.signal.throwIfAborted();
  const request = new AbortController();
  const watch = watchQuery(database, options);
  const statement = start({ signal: request.signal, onWait: watch.onWait });
  let answered = false;
  try {
    const answer = await Promise.race([statement, watch.ended]);
    answered = true;
    return answer;
  } catch (error) {
    // Aborting the request does not stop an INSERT … SELECT on the server: only KILL does. Where the server itself answered,
    // the query has ended. A KILL that can't be said now is said again: by the next attempt, or by the run's clean-up.
    if (errorCode(error) === undefined) await killUntilAnswered(database, options, statement);
    throw options.signal.aborted ? options.signal.reason : error;
  } finally {
    watch.stop();
    // What has its answer has nothing to give up, and an error that nobody sees costs more than the rest of this.
    if (!answered) request.abort();
    statement.catch(() => undefined);
  }
}

/** KILLs that a cancelled query gets, and milliseconds between two of them. */
const KILLS = 10;
const KILL_EVERY_MS = 300;

/**
 * Kills a query of which the request may still be on its way: a KILL that comes before it kills nothing. So it is said until the request
 * has its answer, which says that the query is dead. An answer that was lost is not waited for.
 */
async function killUntilAnswered(
  database: Database,
  { queryId, signal }: WatchOptions,
  statement: Promise<unknown>,
): Promise<void> {
  let answered = false;
  const answer = statement.then(
    () => (answered = true),
    () => (answered = true),
  );
  for (let kills = signal.aborted ? KILLS : 1; kills > 0; kills--) {
    await killQueries(database, queryId).catch(() => undefined);
    if (kills > 1) await Promise.race([answer, after(KILL_EVERY_MS, undefined, { ref: false })]);
    if (answered) return;
  }
}

interface Watch {
  /** Never resolves; rejects when the query was cancelled or its answer is lost. */
  readonly ended: Promise<never>;
  /** Nobody misses a query that the server has not let in yet. */
  readonly onWait: (waiting: boolean) => void;
  stop(): void;
}

function watchQuery(database: Database, { queryId, signal, onProgress, pollEveryMs = 2000 }: WatchOptions): Watch {
  let timer: NodeJS.Timeout | undefined;
  let misses = 0;
  let stopped = false;
  let waiting = false;
  const { promise: ended, reject } = withReject();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const look = async () => {
    const progress = await progressOf(database, queryId).catch(() => undefined);
    if (stopped) return;
    misses = progress === undefined && !waiting ? misses + 1 : 0;
    if (progress) onProgress?.(progress);
    if (misses >= MISSES) reject(new LostResponseError(`the answer to query ${queryId} was lost`));
    else timer = setTimeout(() => void look(), pollEveryMs);
  };
  timer = setTimeout(() => void look(), pollEveryMs);
  return {
    ended,
    onWait(now) {
      waiting = now;
      misses = 0;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, no) => (reject = no));
  promise.catch(() => undefined);
  return { promise, reject };
}

async function progressOf(database: Database, queryId: string): Promise<QueryProgress | undefined> {
  const [row] = await database.select<{ read_rows: string; elapsed: number }>(
    'SELECT read_rows, elapsed FROM system.processes WHERE query_id = {id:String}',
    { params: { id: queryId }, signal: AbortSignal.timeout(10_000), urgent: true },
  );
  return row && { queryId, readRows: Number(row.read_rows), elapsedMs: Math.round(row.elapsed * 1000) };
}

/**
 * Kills every query of ours whose id begins so, and waits until they are dead. Ids are looked up by `startsWith`, never by LIKE,
 * and the killing query's own id never begins so.
 * @param partition of those, only queries of which the `log_comment` says that they are this day's, with others or not
 */
export async function killQueries(database: Database, prefix: string, partition = ''): Promise<void> {
  const ofDay = `AND has(JSONExtract(Settings['log_comment'], 'llma', 'partitions', 'Array(String)'), {partition:String})`;
  const which = `startsWith(query_id, {prefix:String}) ${partition === '' ? '' : ofDay}`;
  await database.command(`KILL QUERY WHERE ${which} SYNC`, {
    params: { prefix, ...(partition === '' ? {} : { partition }) },
    queryId: `llma-kill-${newToken()}`,
    urgent: true,
  });
}
