import { isCancellation, patched } from '@temporalio/workflow';
import { sweepLeftovers } from './activities-proxy.js';
import { besides } from './besides.js';

/**
 * Whether a run sweeps: to be asked before the run's local activity. A worker that replays a run knows the marker of a patch only in
 * the workflow task that made it. A query may come with a run's first task; then what follows the local activity is another task live,
 * and the same one in a replay, which would take the patch for missing, and be stuck for ever.
 */
export function sweepsFirst(): boolean {
  return patched('sweep-first');
}

/**
 * Begins to remove what dead runs have left, beside the first chunk, which does not wait for it.
 * @param first what {@link sweepsFirst} said: runs that began before it was asked may sweep all the same.
 * @returns its end, which never rejects: a run that is cancelled ends with its own reason.
 */
export function beginSweep(first: boolean, problems: string[]): Promise<void> {
  if (!first && !patched('sweep-leftovers')) return Promise.resolve();
  return besides(problems, sweepLeftovers).then(
    () => undefined,
    (error: unknown) => {
      if (!isCancellation(error)) throw error;
    },
  );
}
