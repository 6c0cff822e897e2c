import { defaultPayloadConverter } from '@temporalio/common';
import type { BackfillInput } from '../workflows/run-state.js';
import { GRPC, grpcCode, type Temporal } from './connect.js';
import type { Run } from './runs.js';

/** What a run was started with, also after it has continued as new. */
export async function startedWith(temporal: Temporal, { workflowId, runId }: Run): Promise<BackfillInput> {
  const latest = await beginningOf(temporal, workflowId, runId);
  const { continued } = latest.input;
  if (!continued) return latest.input;
  try {
    return (await beginningOf(temporal, workflowId, latest.firstRunId)).input;
  } catch (error) {
    if (grpcCode(error) !== GRPC.notFound) throw error;
  }
  // The history of its beginning is no longer kept: what it came to work with is all that is known.
  const { from, to, maxPartitionsPerRun, concurrency, metrics, order, computeExpired, override } = continued.settings;
  return {
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...{ maxPartitionsPerRun, concurrency, order },
    ...(metrics ? { metrics } : {}),
    ...(computeExpired === undefined ? {} : { computeExpired }),
    ...(override === undefined ? {} : { publishAnyway: override }),
  };
}

/** The first event of a history says it all. */
async function beginningOf({ connection, namespace }: Temporal, workflowId: string, runId: string) {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [payload] = started?.input?.payloads ?? [];
  const input = payload ? defaultPayloadConverter.fromPayload<BackfillInput | null>(payload) : undefined;
  return { input: input ?? {}, firstRunId: started?.firstExecutionRunId ?? runId };
}
