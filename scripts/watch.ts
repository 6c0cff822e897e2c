import type { BackfillResult } from '../workflows/plan/outcomes.js';
import type { DailyResult } from '../workflows/daily-metrics.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { GRPC, grpcCode, grpcMessage, type Temporal } from './connect.js';
import type { Context } from './context.js';
import { asBackfillResult, type RunEnd } from './outcome.js';
import { progressView } from './progress-bar.js';
import { askProgress, type Run } from './runs.js';

/** Milliseconds between two questions. */
const ASK_EVERY = 500;

/**
 * Shows how far a run is until it ends. Ctrl-C ends the watching, and nothing else.
 * @returns how the run ended; undefined when the watching was ended.
 */
export async function watch(context: Context, temporal: Temporal, run: Run): Promise<RunEnd | undefined> {
  const view = progressView(context.output);
  let asking = true;
  let leave: () => void = () => undefined;
  const left = new Promise<undefined>((resolve) => (leave = () => resolve(undefined)));
  const off = context.host.onStop(leave);
  const end = endWhenever(temporal, run, () => asking);
  const ask = async () => {
    while (asking) {
      const answer = await askProgress(temporal, run).catch((error: unknown) => ({ silence: away(error) }));
      if (asking) view.update(answer);
      await Promise.race([end, left, sleep(ASK_EVERY)]);
    }
  };
  void ask();
  try {
    return await Promise.race([end, left]);
  } finally {
    asking = false;
    view.stop();
    off();
  }
}

/** The same as `endOf`, also while Temporal comes and goes: the run waits for it, and so do we. */
async function endWhenever(temporal: Temporal, run: Run, goOn: () => boolean): Promise<RunEnd> {
  for (;;) {
    try {
      return await endOf(temporal, run);
    } catch (error) {
      if (!goOn() || !AWAY.has(grpcCode(error))) throw error;
    }
    await sleep(ASK_EVERY);
  }
}

const AWAY: ReadonlySet<unknown> = new Set([GRPC.unavailable, GRPC.cancelled, GRPC.deadlineExceeded]);

function away(error: unknown): string {
  return `Temporal does not answer (${grpcMessage(error)})`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits for the end of a run, over every continue-as-new. */
export async function endOf({ client }: Temporal, { workflowId, runId }: Run): Promise<RunEnd> {
  try {
    const result = await client.workflow.result<Result>(workflowId, runId);
    return { how: 'completed', result: asBackfillResult(result) };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'WorkflowFailedError') throw error;
    const root = rootOf(error);
    if (root.name === 'CancelledFailure') return { how: 'cancelled', message: 'what it had accepted is published' };
    const { type } = root as { type?: string };
    return { how: type === FAILURE.invalidInput ? 'refused' : 'failed', message: root.message };
  }
}

/** What our own code has said: a failed activity or child says no more than that it failed. */
export function rootOf(error: Error): Error {
  const { cause, name } = error;
  return cause instanceof Error && name !== 'ApplicationFailure' ? rootOf(cause) : error;
}

/** Of a workflow function, as `client.workflow.result` wants it. */
type Result = () => Promise<BackfillResult | DailyResult>;
