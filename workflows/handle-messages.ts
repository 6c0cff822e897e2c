import { setHandler } from '@temporalio/workflow';
import { invalid } from './control.js';
import {
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  retryFailedUpdate,
  setConcurrencyUpdate,
  type PauseInput,
  type SetConcurrencyInput,
  type Steered,
} from './messages.js';
import type { PartitionRun } from './partition-run.js';

const OPERATOR = 'operator';

/** Must be called before anything is awaited: an update that finds no handler is refused. */
export function handleMessages(run: PartitionRun): void {
  setHandler(progressQuery, () => run.progress(), { description: 'What is done, what runs, what failed' });
  setHandler(pauseUpdate, (message?: PauseInput) => pause(run, message), {
    description: 'Begin no new partition: {"reason": "…"}',
    validator: checkPause,
  });
  setHandler(resumeUpdate, (message?: PauseInput) => resume(run, message), {
    description: 'Release one reason, or all: {"reason": "…"}',
    validator: (message?: PauseInput) => checkResume(run, message),
  });
  setHandler(setConcurrencyUpdate, (message) => setConcurrency(run, message), {
    description: 'Partitions at once: {"concurrency": 8}',
    validator: checkConcurrency,
  });
  setHandler(retryFailedUpdate, () => run.retryFailed(), { description: 'Compute the failed days again' });
}

function checkPause(message?: PauseInput | null): void {
  const reason: unknown = message?.reason;
  if (reason !== undefined && (typeof reason !== 'string' || reason.trim() === '')) {
    throw invalid(`reason ${JSON.stringify(reason)}: expected a text, as {"reason": "maintenance"}`);
  }
}

function pause(run: PartitionRun, message?: PauseInput | null): Steered {
  run.control.pause(message?.reason ?? OPERATOR);
  return run.steered();
}

function checkResume(run: PartitionRun, message?: PauseInput | null): void {
  checkPause(message);
  const reason = message?.reason;
  const { reasons } = run.control;
  if (reasons.length === 0) throw invalid('the run is not paused');
  if (reason !== undefined && !reasons.includes(reason)) {
    throw invalid(`it is not paused by "${reason}", but by ${reasons.map((name) => `"${name}"`).join(', ')}`);
  }
}

function resume(run: PartitionRun, message?: PauseInput | null): Steered {
  run.control.resume(message?.reason);
  return run.steered();
}

function checkConcurrency(message?: Partial<SetConcurrencyInput> | null): void {
  const wanted = message?.concurrency;
  if (!Number.isInteger(wanted) || Number(wanted) < 1 || Number(wanted) > 64) {
    throw invalid(`concurrency ${JSON.stringify(wanted)}: expected a whole number from 1 to 64, as {"concurrency": 8}`);
  }
}

function setConcurrency(run: PartitionRun, { concurrency }: SetConcurrencyInput): Steered {
  run.control.concurrency = concurrency;
  return run.steered();
}
