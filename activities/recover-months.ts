import { getClient } from '@temporalio/activity';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Month } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { unfinishedMonths, type UnfinishedMonth } from '../clickhouse/recovery.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { publishId, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';
import { unlessAway } from './temporal-away.js';

/** Starts the publish of a month. @returns false when somebody publishes it already: that one is left alone. */
export async function startPublish(client: Pick<Client, 'workflow'>, month: Month): Promise<boolean> {
  try {
    await client.workflow.start(WORKFLOW.publish, {
      taskQueue: TASK_QUEUE,
      workflowId: publishId(month),
      args: [{ month }],
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}

/** Starts a publish of every month whose live rows are not its current ones, by count and checksum of each day. */
export async function recoverUnfinished(
  client: Pick<Client, 'workflow'>,
  database: Database,
  signal?: AbortSignal,
): Promise<UnfinishedMonth[]> {
  const unfinished = await unfinishedMonths(database, signal);
  for (const { month } of unfinished) await startPublish(client, month);
  return unfinished;
}

/** Compares every month's live rows with its current ones, and starts a publish where they differ. */
export function recoverMonths({ database }: ActivityDeps) {
  return async (): Promise<{ readonly unfinished: readonly UnfinishedMonth[] }> => {
    const { attempt } = caller();
    return await withHeartbeats(async (signal) => {
      try {
        return { unfinished: await recoverUnfinished(getClient(), database, signal) };
      } catch (error) {
        signal.throwIfAborted();
        throw toFailure(unlessAway(error), {
          type: FAILURE.clickhouse,
          what: 'looking for unfinished months',
          attempt,
        });
      }
    });
  };
}
