import { condition } from '@temporalio/workflow';
import type { Control } from './control.js';

/**
 * Works on items at once, as many as `concurrency` says at each moment, and begins no new one while paused.
 * Waits for everything that was begun, also when it is cancelled.
 * @returns the items that were not begun.
 */
export async function runPool<T>(
  items: readonly T[],
  control: Pick<Control, 'concurrency' | 'paused'>,
  work: (item: T) => Promise<void>,
): Promise<T[]> {
  const queue = [...items];
  const running = new Set<Promise<void>>();
  try {
    while (queue.length > 0 && !control.paused) {
      await condition(() => running.size < control.concurrency || control.paused);
      if (control.paused) break;
      const item = queue.shift() as T;
      const promise: Promise<void> = work(item).finally(() => running.delete(promise));
      running.add(promise);
      // A failure is seen below; until then nobody may call it unhandled.
      promise.catch(() => undefined);
    }
  } finally {
    await Promise.allSettled(running);
  }
  return queue;
}
