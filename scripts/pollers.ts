import { TASK_QUEUE } from '../workflows/plan/names.js';
import type { Temporal } from './connect.js';

export interface Poller {
  readonly identity: string;
  /** Milliseconds since it last asked for work; a worker asks once a minute at least. */
  readonly idleMs: number;
}

/** Of `TaskQueueType`, as the server numbers them. */
const WORKFLOW_TASKS = 1;

/** Workers that ask our task queue for work, or did within the last minutes. */
export async function pollers({ connection, namespace }: Temporal): Promise<Poller[]> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: WORKFLOW_TASKS,
  });
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    idleMs: Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000,
  }));
}
