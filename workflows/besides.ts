import { ActivityFailure } from '@temporalio/common';
import { isCancellation, log } from '@temporalio/workflow';

/** Work beside a run's own: when it fails, the run goes on all the same, and `problems` says what failed. */
export async function besides<T>(problems: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const problem = `${error.activityType}: ${error.cause?.message ?? error.message}`;
    log.warn(problem);
    problems.push(problem);
    return undefined;
  }
}
