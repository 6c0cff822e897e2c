import type { Partition } from '../config/partition.js';
import type { CurrentRun } from './current.js';
import type { Database } from './database.js';
import { CODE, errorCode } from './errors.js';
import { Publish, PublishGateError, sameRuns, type PublishOptions } from './publisher.js';

export { PublishGateError, PublishVerifyError, type PublishOptions, type PublishStep } from './publisher.js';

export interface PublishResult {
  readonly rows: number;
  readonly changed: readonly Partition[];
  /** Whether there are states, of whichever month: what the next publish may begin with. */
  readonly hasStates: boolean;
}

/**
 * Rebuilds a month of the live table from its current rows and swaps it in. Safe to run any number of times and by several
 * publishers at once: of two at the same moment at most one swaps, and whoever is overtaken fails and begins again.
 * @throws PublishGateError, PublishVerifyError, or the server's error.
 */
export async function publishMonth(database: Database, options: PublishOptions): Promise<PublishResult> {
  const changed = new Set<Partition>();
  for (let states = options.states ?? false; ;) {
    const publish = new Publish(database, { ...options, states });
    try {
      const round = await runSteps(publish);
      if (round === 'there are states') {
        // Its staging table goes with the next round's fence.
        states = true;
        continue;
      }
      for (const day of round.changed) changed.add(day);
      // What was accepted meanwhile is published too: who accepted it may have given up waiting for the month.
      if (sameRuns(await publish.list(), round.runs)) {
        return { rows: round.rows, changed: [...changed].sort(), hasStates: round.hasStates };
      }
    } catch (error) {
      // Nobody begins again: the staging table would stay. Otherwise the next attempt's fence takes it.
      if (isLast(error) || options.signal.aborted) await publish.drop().catch(() => undefined);
      throw error;
    }
  }
}

/** Whether no attempt follows: the error is about the data, or about our rights. */
function isLast(error: unknown): boolean {
  const code = errorCode(error);
  return error instanceof PublishGateError || code === CODE.accessDenied || code === CODE.readonly;
}

interface Round extends PublishResult {
  readonly runs: readonly CurrentRun[];
}

async function runSteps(publish: Publish): Promise<Round | 'there are states'> {
  await publish.step('claim');
  await publish.claim();
  await publish.step('fence');
  const hasStates = await publish.fence();
  if (hasStates && !publish.claimsStates) return 'there are states';
  await publish.step('build');
  const runs = await publish.list();
  await publish.build(runs);
  await publish.step('gate');
  const recorded = await publish.unrecordedDays(runs);
  const changed = await publish.changedDays(recorded);
  await publish.gate(runs, changed);
  await publish.step('swap');
  await publish.swap();
  await publish.step('verify');
  const rows = await publish.verify();
  await publish.step('ledger');
  await publish.record(runs.filter(({ date }) => recorded.includes(date)));
  await publish.step('drop');
  await publish.drop();
  return { rows, changed, runs, hasStates };
}
