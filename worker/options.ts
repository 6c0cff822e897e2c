import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { packageFile } from '../config/package-file.js';
import type { Settings } from '../config/settings.js';
import { TASK_QUEUE } from '../workflows/plan/names.js';

/** Where `npm run build` writes the workflow bundle. */
export const BUNDLE = packageFile('dist', 'workflow-bundle.js');

/**
 * How our worker takes work: few kinds of it, long and waiting for ClickHouse. Slots are explicit, and eager dispatch covers
 * them all, because a round trip to Temporal costs more than most of our statements.
 */
export function workerOptions({ worker }: Settings): Omit<WorkerOptions, 'activities'> {
  return {
    taskQueue: TASK_QUEUE,
    ...workflowCode(),
    maxConcurrentActivityTaskExecutions: worker.slots,
    maxEagerActivityReservationsPerWorkflowTask: worker.slots,
    maxConcurrentLocalActivityExecutions: worker.slots,
    // A cancellation reaches an activity with the answer to a heartbeat: seconds, not a minute.
    maxHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: `${worker.shutdownGraceSeconds}s`,
    shutdownForceTime: `${worker.shutdownGraceSeconds + 30}s`,
  };
}

/** The bundle that was built for the compiled code; else the sources, bundled at start. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const compiled = import.meta.url.endsWith('.js');
  if (compiled && existsSync(BUNDLE)) return { workflowBundle: { codePath: BUNDLE } };
  return { workflowsPath: fileURLToPath(new URL(`../workflows/index.${compiled ? 'js' : 'ts'}`, import.meta.url)) };
}
