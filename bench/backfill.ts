import type { BackfillResult } from '../workflows/plan/outcomes.js';
import { TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import { addDays, dayCount, type Partition } from '../config/partition.js';
import type { Ground } from './ground.js';

export interface BackfillOptions {
  /** Of the workflow's id. */
  readonly name: string;
  readonly from: Partition;
  /** Exclusive. */
  readonly to: Partition;
  /** The rest of the workflow's input. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/** Backfills days through Temporal. @returns milliseconds from start to result @throws Error when not all days were published */
export async function backfill({ client }: Ground, { name, from, to, input }: BackfillOptions): Promise<number> {
  const began = performance.now();
  const result = (await client.workflow.execute(WORKFLOW.backfill, {
    taskQueue: TASK_QUEUE,
    workflowId: `bench/${name}`,
    args: [{ from, to: addDays(to, -1), ...input }],
  })) as BackfillResult;
  const took = performance.now() - began;
  if (result.published.length !== dayCount(from, addDays(to, -1))) {
    throw new Error(`not all days of ${from} to ${to} were published: ${JSON.stringify(result.errors)}`);
  }
  return took;
}
