import { classify, CODE, errorCode, isCrowded } from '../clickhouse/errors.js';

/** How many of an activity's attempts so far ended how. Handed from attempt to attempt in the heartbeat details. */
export interface Past {
  /** The server had no air for what was asked: not enough memory, too many threads. Queries of others that took all places say nothing of that. */
  readonly overloaded: number;
  /** The query ran into a limit of its own, of time or memory. */
  readonly atLimit: number;
  /** Our own code failed. */
  readonly bugs: number;
}

const NONE: Past = { overloaded: 0, atLimit: 0, bugs: 0 };

/** Attempts after which neither a query that runs into its own limit nor our own bug is tried again. */
const MAX_ATTEMPTS = 3;

/** Of the query itself; the server's and the user's memory is shared, and comes back. */
const OWN_MEMORY = /Query memory limit|\(for query\)/;

/** What the last heartbeat of the attempt before said. A worker that was killed in between leaves what it knew. */
export function pastOf(heartbeatDetails: unknown): Past {
  const past = (heartbeatDetails as { past?: Partial<Past> } | null | undefined)?.past;
  const count = (value: unknown) => (Number.isSafeInteger(value) ? Number(value) : 0);
  return { overloaded: count(past?.overloaded), atLimit: count(past?.atLimit), bugs: count(past?.bugs) };
}

/** Heartbeat details that also hand on the past, where there is any. */
export function withPast(details: unknown, past: Past): unknown {
  if (past.overloaded + past.atLimit + past.bugs === 0) return details;
  return { ...(typeof details === 'object' ? details : { at: details }), past };
}

/** How an attempt that `error` ends counts. */
export function kindOf(error: unknown): Past {
  const kind = classify(error);
  const code = errorCode(error);
  const atTime = code === CODE.timeoutExceeded || code === CODE.tooSlow;
  const atMemory = code === CODE.memoryLimitExceeded && OWN_MEMORY.test((error as Error).message);
  return {
    overloaded: kind === 'overloaded' && !isCrowded(error) ? 1 : 0,
    atLimit: atTime || atMemory ? 1 : 0,
    bugs: kind === 'bug' ? 1 : 0,
  };
}

/** The past of the next attempt. */
export function add(past: Past = NONE, kind: Past = NONE): Past {
  return {
    overloaded: past.overloaded + kind.overloaded,
    atLimit: past.atLimit + kind.atLimit,
    bugs: past.bugs + kind.bugs,
  };
}

/** Whether another attempt would only end like the ones before. Attempts that ended for another reason don't count. */
export function isEnough({ atLimit, bugs }: Past): boolean {
  return atLimit >= MAX_ATTEMPTS || bugs >= MAX_ATTEMPTS;
}
