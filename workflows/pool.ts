import { condition } from '@temporalio/workflow';
import type { Control } from './control.js';

export interface PoolOptions {
  readonly control: Pick<Control, 'concurrency' | 'paused'>;
  /** Whether an item for which there is room is begun without a wait: not in runs that began before that. */
  readonly beginsAtOnce: boolean;
}

/**
 * Works on items at once, as many as `concurrency` says at each moment, and begins no new one while paused.
 * Waits for everything that was begun, also when it is cancelled.
 *
 * Promises are few here and in what it calls: the SDK takes a stack trace of each, which is most of what a workflow task costs.
 * @param work never rejects
 * @returns the items that were not begun.
 */
export async function runPool<T>(
  items: readonly T[],
  { control, beginsAtOnce }: PoolOptions,
  work: (item: T) => Promise<void>,
): Promise<T[]> {
  const queue = [...items];
  const begun: Promise<void>[] = [];
  let running = 0;
  const ended = () => void (running -= 1);
  const isFree = () => running < control.concurrency;
  try {
    while (queue.length > 0 && !control.paused) {
      if (!beginsAtOnce || !isFree()) await condition(() => isFree() || control.paused);
      if (control.paused) break;
      running += 1;
      begun.push(work(queue.shift() as T).then(ended));
    }
  } finally {
    await Promise.all(begun);
  }
  return queue;
}
