import { fileURLToPath } from 'node:url';
import type { WorkerParts } from '../../../worker/run.js';
import { workflowBundle } from '../temporal-bundle.js';
import { unguardedActivities } from './activities.js';
import type { Off } from './guards.js';

/** Path of the workflow interceptors that take off the guards of workflows that are off. */
export function workflowModules(off: Off): string[] {
  return off.has('monthLock') ? [fileURLToPath(new URL('./no-month-lock.ts', import.meta.url))] : [];
}

/** What a worker without these guards is made of. Only workflows with interceptors are bundled at its start, which takes seconds. */
export async function workerParts(off: Off): Promise<WorkerParts> {
  const modules = workflowModules(off);
  const options =
    modules.length > 0 ? { interceptors: { workflowModules: modules } } : { workflowBundle: await workflowBundle() };
  return { createActivities: unguardedActivities(off), options };
}
