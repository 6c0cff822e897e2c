import { setTimeout as after } from 'node:timers/promises';
import { CODE, errorCode } from './errors.js';

/** How a statement waits that the server does not let in. */
export interface Admission {
  /** Aborting ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the wait begins, and when the statement is said again. */
  readonly onWait?: ((waiting: boolean) => void) | undefined;
  /** Seconds after which the refusal stands. Default 60. */
  readonly patienceSeconds?: number | undefined;
}

/** Milliseconds of the first pause, and of the longest. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1_000;

/**
 * Says a statement until the server lets it in. One that is refused because too many others are at work (`max_concurrent_queries_for_user`
 * and the like) has not begun: the very same may be said again, whatever it does. So a limit of the server's holds over any number of
 * workers, and costs whoever meets it a moment, not an attempt.
 * @throws the refusal, when it stands for longer than the patience lasts; `signal.reason`; whatever else `say` throws
 */
export async function untilAdmitted<T>(say: () => Promise<T>, options: Admission = {}): Promise<T> {
  const { signal, onWait, patienceSeconds = 60 } = options;
  const until = performance.now() + patienceSeconds * 1000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    try {
      return await say();
    } catch (error) {
      // Those who wait together must not come back together.
      const milliseconds = pause * (0.5 + Math.random());
      if (!isRefusedAtTheDoor(error) || performance.now() + milliseconds > until) throw error;
      onWait?.(true);
      await after(milliseconds, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
      onWait?.(false);
    }
  }
}

/** A refusal by a shard comes through this server when the statement has begun: what it wrote until then nobody knows. */
function isRefusedAtTheDoor(error: unknown): boolean {
  return errorCode(error) === CODE.tooManyQueries && !/\bReceived from\b/.test((error as Error).message);
}
