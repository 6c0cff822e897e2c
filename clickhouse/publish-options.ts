import type { Month } from '../config/partition.js';
import type { DayRun } from './current.js';

export interface PublishOptions {
  readonly month: Month;
  /** Goes into the staging table's comment: whose leftover it is. */
  readonly workflowId: string;
  readonly logComment: string;
  /** Whether our tables are replicated: then this replica first catches up, and the swap waits for the others. */
  readonly replicated: boolean;
  /** Whether to expect states, and a second table to swap. Default false: a publish that finds some begins again with them. */
  readonly states?: boolean;
  /** What the last publish of the month has left visible. Where it is still there, nobody sums it up. */
  readonly shown?: Shown | undefined;
  readonly signal: AbortSignal;
  /** Told the name of each step as it begins. Tests freeze a publisher here. */
  readonly onStep?: (step: PublishStep) => void | Promise<void>;
}

export type PublishStep = 'claim' | 'fence' | 'build' | 'gate' | 'swap' | 'verify' | 'ledger' | 'drop';

/** What a publish has left visible, and found to be so. */
export interface Shown {
  /** Of the parts of the live tables. */
  readonly contents: string;
  /** Theirs are the rows, and nobody else's. */
  readonly runs: readonly DayRun[];
}
