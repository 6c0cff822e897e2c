import type { Guard, Off } from '../../support/unguarded/guards.js';
import type { Ground } from './ground.js';

/** Something that a reader of `llma_metrics_daily` must never see, a way to bring it about, and the guards that are there against it. */
export interface Anomaly {
  readonly name: string;
  /** What a reader would notice. */
  readonly title: string;
  /** Each was put there against it, or might be thought to be. */
  readonly guards: readonly Guard[];
  /** Whether its interleaving is made, statement by statement, or left to luck. */
  readonly how: 'made' | 'by chance';
  /** How often a full run drives it. */
  readonly rounds: number;
  /** Rows of a day. Default 10. */
  readonly teams?: number;
  /** Drives it once, on empty tables, without the guards that are off. */
  readonly drive: (ground: Ground, off: Off) => Promise<void>;
}

/** What came of driving an anomaly: nothing wrong is the aim. */
export interface Report {
  readonly rounds: number;
  /** Publishes, accepts and executions that ended well. */
  readonly done: number;
  readonly reads: number;
  /** Reads of a day that must not be seen. */
  readonly wrongReads: number;
  /** Rounds after which a day stayed wrong. */
  readonly wrongEnds: number;
  /** Rounds in which a guard refused something for good: nothing wrong is shown, and somebody must act. */
  readonly refused: number;
  /** The first of what was wrong, in words. */
  readonly examples: readonly string[];
}
