import type { RunSettings } from '../activities/read-settings.js';
import type { DayRange, Order } from './plan/chunks.js';
import type { Tally } from './plan/outcomes.js';

/** Everything is optional: without it, `partition_start_date` to yesterday, and the worker's configuration. */
export interface BackfillInput {
  /** First and last day, `'YYYY-MM-DD'`. */
  readonly from?: string;
  readonly to?: string;
  /** Chunk size, 1 to 366. */
  readonly maxPartitionsPerRun?: number;
  /** Partitions at once, 1 to 64. */
  readonly concurrency?: number;
  /** Template names. */
  readonly metrics?: readonly string[];
  readonly order?: Order;
  /** Days that an audit blocks are accepted, for this reason, which the ledger keeps. */
  readonly publishAnyway?: string;
  /** Why days whose source rows have expired are computed from what is left, instead of skipped. The ledger keeps it. */
  readonly computeExpired?: string;
  /** What an earlier run of this backfill hands on. Not for people. */
  readonly continued?: RunState;
}

export type RunKind = 'daily' | 'backfill';

/** Carried through continue-as-new: a run keeps the settings that it began with. */
export interface RunState {
  readonly settings: RunSettings;
  /** First and last day of the run, and how many days it has. */
  readonly range: DayRange;
  readonly total: number;
  readonly remaining: readonly DayRange[];
  readonly tally: Tally;
  readonly pausedBy: readonly string[];
  readonly concurrency: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}
