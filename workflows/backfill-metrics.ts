import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { readSettings } from './activities-proxy.js';
import { invalid } from './control.js';
import { handleMessages } from './handle-messages.js';
import { PartitionRun } from './partition-run.js';
import type { BackfillResult } from './plan/outcomes.js';
import type { BackfillInput } from './run-state.js';
import { beginSweep, sweepsFirst } from './sweep.js';

/** Recomputes every day of a range, chunk after chunk, and publishes each as soon as it is accepted. */
export async function backfillMetrics(input?: BackfillInput | null): Promise<BackfillResult> {
  // Only an earlier run of this backfill hands anything on: from anybody else it is input, and refused with the rest.
  const continued = workflowInfo().continuedFromExecutionRunId === undefined ? undefined : input?.continued;
  const run = new PartitionRun('backfill', continued);
  handleMessages(run);
  let sweeping: Promise<void> | undefined;
  if (!continued) {
    const sweeps = sweepsFirst();
    const settings = await readSettings({ kind: 'backfill', input });
    const { from, to } = settings;
    if (from === undefined || to === undefined) throw invalid('a backfill needs a range');
    run.begin(settings, [{ from, to }]);
    sweeping = beginSweep(sweeps, []);
  }
  const finished = await run.run().finally(() => sweeping);
  await condition(allHandlersFinished);
  if (finished) return run.result();
  return await continueAsNew<typeof backfillMetrics>({ continued: run.state() });
}
