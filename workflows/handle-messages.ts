import { setHandler } from '@temporalio/workflow';
import {
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  retryFailedUpdate,
  setConcurrencyUpdate,
  type PauseInput,
  type SetConcurrencyInput,
} from './messages.js';
import type { PartitionRun } from './partition-run.js';

/** Must be called before anything is awaited: an update that finds no handler is refused. */
export function handleMessages(run: PartitionRun): void {
  setHandler(progressQuery, () => run.progress(), { description: 'What is done, what runs, what failed' });
  setHandler(pauseUpdate, (message?: PauseInput) => run.pause(message), {
    description: 'Begin no new partition: {"reason": "…"}',
    validator: (message?: PauseInput) => run.checkPause(message),
  });
  setHandler(resumeUpdate, (message?: PauseInput) => run.resume(message), {
    description: 'Release one reason, or all: {"reason": "…"}',
    validator: (message?: PauseInput) => run.checkResume(message),
  });
  setHandler(setConcurrencyUpdate, (message) => run.setConcurrency(message), {
    description: 'Partitions at once: {"concurrency": 8}',
    validator: (message?: SetConcurrencyInput) => run.checkConcurrency(message),
  });
  setHandler(retryFailedUpdate, () => run.retryFailed(), { description: 'Compute the failed days again' });
}
