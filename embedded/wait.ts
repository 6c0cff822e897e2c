import { setTimeout as sleep } from 'node:timers/promises';

/** Whether `promise` settled within `ms` milliseconds. Leaves no timer behind that would keep the process alive. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

/**
 * Repeats `attempt` until it returns true, every 20 ms and, later, every 100 ms.
 * Returns false when `ms` milliseconds or `giveUp()` came first.
 */
export async function waitUntil(
  attempt: () => Promise<boolean>,
  options: { ms: number; giveUp?: () => boolean },
): Promise<boolean> {
  const start = Date.now();
  for (;;) {
    if (options.giveUp?.()) return false;
    if (await attempt()) return true;
    const elapsed = Date.now() - start;
    if (elapsed >= options.ms) return false;
    await sleep(elapsed < 1_000 ? 20 : 100);
  }
}
