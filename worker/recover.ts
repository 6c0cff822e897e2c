import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Database } from '../clickhouse/database.js';
import { unfinishedMonths, type UnfinishedMonth } from '../clickhouse/recovery.js';
import { publishId, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';

/**
 * Starts a publish of every month whose live rows are not its current ones: that is the whole recovery.
 * A month that is being published already is left to it.
 */
export async function recoverMonths(client: Client, database: Database): Promise<UnfinishedMonth[]> {
  const unfinished = await unfinishedMonths(database);
  for (const { month } of unfinished) {
    try {
      await client.workflow.start(WORKFLOW.publish, {
        taskQueue: TASK_QUEUE,
        workflowId: publishId(month),
        args: [{ month }],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  return unfinished;
}
