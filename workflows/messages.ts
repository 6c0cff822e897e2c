import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Partition } from '../config/partition.js';
import type { Progress } from './plan/progress.js';

/** What operators ask a run, and tell it. The names are the ones that `temporal workflow query|update` takes. */
export const progressQuery = defineQuery<Progress>('progress');
export const pauseUpdate = defineUpdate<Steered, [PauseInput?]>('pause');
export const resumeUpdate = defineUpdate<Steered, [PauseInput?]>('resume');
export const setConcurrencyUpdate = defineUpdate<Steered, [SetConcurrencyInput]>('setConcurrency');
export const retryFailedUpdate = defineUpdate<RetryFailedOutput, []>('retryFailed');

/** How a run is steered now. */
export interface Steered {
  readonly pausedBy: readonly string[];
  readonly concurrency: number;
}

export interface PauseInput {
  /** Who or what holds the run; default `operator`. A run goes on when its last reason is released. */
  readonly reason?: string;
}

export interface SetConcurrencyInput {
  /** Partitions at once, 1 to 64. */
  readonly concurrency: number;
}

export interface RetryFailedOutput {
  /** The days that will be computed again. */
  readonly retrying: readonly Partition[];
}
