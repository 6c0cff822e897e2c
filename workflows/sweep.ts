import { isCancellation, patched } from '@temporalio/workflow';
import { sweepLeftovers } from './activities-proxy.js';
import { besides } from './besides.js';

/**
 * Begins to remove what dead runs have left, beside the first chunk, which does not wait for it.
 * @returns its end, which never rejects: a run that is cancelled ends with its own reason.
 */
export function beginSweep(problems: string[]): Promise<void> {
  if (!patched('sweep-leftovers')) return Promise.resolve();
  return besides(problems, sweepLeftovers).then(
    () => undefined,
    (error: unknown) => {
      if (!isCancellation(error)) throw error;
    },
  );
}
