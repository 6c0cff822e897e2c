import { randomUUID } from 'node:crypto';
import type { World } from '../world.js';
import { Missed, type Harm } from './harm.js';

/** Somebody cancels a run of ours that is under way. */
export const cancel: Harm = async (world, { target }) => {
  const { workflowId, runId } = await openWorkflow(world, target);
  await world.temporal.client.workflow.getHandle(workflowId, runId).cancel();
  world.log.write('workflow', { cancelled: workflowId, runId });
};

/** Somebody terminates one: it does nothing more, not even clean up. */
export const terminate: Harm = async (world, { target }) => {
  const { workflowId, runId } = await openWorkflow(world, target);
  await world.temporal.client.workflow.getHandle(workflowId, runId).terminate('chaos');
  world.log.write('workflow', { terminated: workflowId, runId });
};

/** Somebody resets one to an earlier moment of its history: it is terminated, and another run goes on from there. */
export const reset: Harm = async (world, { target }) => {
  const { client, namespace, connection } = world.temporal;
  const execution = await openWorkflow(world, target);
  const { events } = await client.workflow.getHandle(execution.workflowId, execution.runId).fetchHistory();
  const moments = (events ?? []).filter(({ eventType }) => Number(eventType) === WORKFLOW_TASK_COMPLETED);
  const moment = moments[Math.floor(((13 * target) % 1) * moments.length)];
  if (!moment?.eventId) throw new Missed(`${execution.workflowId} has no moment to go back to`);
  await connection.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: execution,
    workflowTaskFinishEventId: moment.eventId,
    requestId: randomUUID(),
    reason: 'chaos',
  });
  world.log.write('workflow', { reset: execution.workflowId, runId: execution.runId, to: String(moment.eventId) });
};

/** As the server numbers the types of events. */
const WORKFLOW_TASK_COMPLETED = 7;

async function openWorkflow({ temporal: { client } }: World, target: number) {
  const open: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    open.push({ workflowId, runId });
  }
  const chosen = open.sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1))[Math.floor(target * open.length)];
  if (!chosen) throw new Missed('no workflow was open');
  return chosen;
}
