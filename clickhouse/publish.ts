import type { Partition } from '../config/partition.js';
import { sameRuns } from './current.js';
import type { Database } from './database.js';
import { CODE, errorCode } from './errors.js';
import { PublishGateError } from './publish-errors.js';
import type { PublishOptions, Shown } from './publish-options.js';
import { Publish } from './publisher.js';
import { together } from './together.js';

export { PublishGateError, PublishVerifyError } from './publish-errors.js';
export type { PublishOptions, PublishStep, Shown } from './publish-options.js';

export interface PublishResult {
  readonly rows: number;
  readonly changed: readonly Partition[];
  /** Whether there are states, of whichever month: what the next publish may begin with. */
  readonly hasStates: boolean;
  /** What is visible now, where the parts alone say so: what the next publish of the month may begin with. */
  readonly shown?: Shown;
}

/**
 * Rebuilds a month of the live table from its current rows and swaps it in. Safe to run any number of times and by several
 * publishers at once: of two at the same moment at most one swaps, and whoever is overtaken fails and begins again.
 * @throws PublishGateError, PublishVerifyError, or the server's error.
 */
export async function publishMonth(database: Database, options: PublishOptions): Promise<PublishResult> {
  const changed = new Set<Partition>();
  for (let { states = false, shown } = options; ;) {
    const publish = new Publish(database, { ...options, states, shown });
    try {
      const round = await runSteps(publish);
      if (round === 'there are states') {
        // Its staging table goes with the next round's fence.
        states = true;
        continue;
      }
      for (const day of round.result.changed) changed.add(day);
      // What was accepted meanwhile is published too: who accepted it may have given up waiting for the month.
      if (round.isLatest) return { ...round.result, changed: [...changed].sort() };
      shown = round.result.shown;
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

interface Round {
  readonly result: PublishResult;
  /** Whether nothing was accepted meanwhile. */
  readonly isLatest: boolean;
}

async function runSteps(publish: Publish): Promise<Round | 'there are states'> {
  await publish.step('claim');
  await publish.claim();
  await publish.step('fence');
  await publish.fence();
  await publish.step('build');
  const runs = await publish.look();
  const hasStates = await publish.build(runs);
  if (hasStates && !publish.claimsStates) return 'there are states';
  await publish.step('gate');
  const changed = await publish.changedDays(runs);
  await publish.gate(runs, changed);
  await publish.step('swap');
  await publish.swap();
  await publish.step('verify');
  const visible = await publish.verify(runs);
  await publish.step('ledger');
  // What is accepted after this look, its own run publishes, or who finds unfinished months.
  const [now] = await together([publish.list(), publish.record(publish.unrecordedRuns(runs))]);
  await publish.step('drop');
  await publish.drop();
  return { result: { ...visible, changed, hasStates }, isLatest: sameRuns(now, runs) };
}
