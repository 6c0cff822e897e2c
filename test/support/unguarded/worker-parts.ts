import { fileURLToPath } from 'node:url';
import type { WorkerParts } from '../../../worker/run.js';
import { unguardedActivities } from './activities.js';
import type { Off } from './guards.js';

/** Path of the workflow interceptors that take off the guards of workflows that are off. */
export function workflowModules(off: Off): string[] {
  return off.has('monthLock') ? [fileURLToPath(new URL('./no-month-lock.ts', import.meta.url))] : [];
}

/** What a worker without these guards is made of. Its workflows are bundled at its start, which takes seconds. */
export function unguardedParts(off: Off): WorkerParts {
  return {
    createActivities: unguardedActivities(off),
    options: { interceptors: { workflowModules: workflowModules(off) } },
  };
}
