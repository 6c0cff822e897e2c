import { withTemporal } from './connect.js';
import type { Context } from './context.js';
import { findRun, tell } from './runs.js';

export interface Steering<Result> {
  readonly update: 'pause' | 'resume' | 'setConcurrency';
  readonly message: object;
  /** The answer, for people. */
  readonly said: (result: Result) => string;
}

/** Tells a run something and prints its answer. */
export async function steer<Result>({ settings, output }: Context, id: string, how: Steering<Result>): Promise<void> {
  await withTemporal(settings, async (temporal) => {
    const run = await findRun(temporal, id);
    const result = await tell<Result>(temporal, run, how.update, how.message);
    output.say(`${run.workflowId} ${how.said(result)}`);
  });
}
