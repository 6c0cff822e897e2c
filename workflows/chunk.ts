import type { ComputedDay } from '../activities/accept-partitions.js';
import type { RunSettings } from '../activities/read-settings.js';
import type { AuditFinding } from '../activities/run-audits.js';
import type { Month, Partition } from '../config/partition.js';
import type { Control } from './control.js';
import type { DayOutcome } from './plan/outcomes.js';

export interface ChunkInput {
  readonly settings: RunSettings;
  readonly control: Control;
  readonly partitions: readonly Partition[];
  /** Of the run, from 0. */
  readonly chunk: number;
  /** The partitions that are being computed: kept up to date for `progress`. */
  readonly current: Set<Partition>;
  /** How often each of the run's days was lost: after three times it has failed. */
  readonly losses: Map<Partition, number>;
  /**
   * Whether decoding opens the chunk too, and the chunk is finished while the next one computes: not in runs that began before that.
   */
  readonly fewerSteps: boolean;
  /** See pool.ts. */
  readonly beginsAtOnce: boolean;
  /** Told when all days of the chunk are decoded, and another slice fits into memory beside theirs: the next chunk may be decoded now. */
  readonly whenDecoded: () => void;
}

/** A chunk that is computed in its turn. Its days may be decoded before. */
export interface Chunk {
  readonly partitions: readonly Partition[];
  /** Begins to decode them, beside whatever else is under way. */
  decodeAhead(): void;
  /** Computes and verifies them. What fails, fails by name; the others go on. */
  compute(): Promise<ComputedChunk>;
  /** Computes nothing, as the run ends. What was decoded is dropped when it is finished. */
  abandon(): Promise<ComputedChunk>;
}

/** A chunk of which every day is computed, or has ended. */
export interface ComputedChunk {
  /** Days that were not begun, because the run was paused. */
  readonly untaken: readonly Partition[];
  /** What ended the chunk early, a cancellation or a failure: the caller finishes it, publishes what was accepted, and throws it. */
  readonly endedBy?: unknown;
  /** Accepts what was computed, writes down what was not, and drops the chunk's tables. Once begun it is not cancelled. */
  finish(): Promise<ChunkResult>;
}

export interface ChunkResult {
  /** Accepted days, by month: each month needs a publish. */
  readonly accepted: ReadonlyMap<Month, readonly ComputedDay[]>;
  /** Days that have ended without a publish: failed or superseded. */
  readonly ended: readonly DayOutcome[];
  /** Days that were lost when they were to be accepted: they are computed again. */
  readonly lost: readonly Partition[];
  /** The end of its clean-up. Only a bug rejects it. */
  readonly tidied: Promise<void>;
  /** What ended the chunk early: it is thrown when its days are published. */
  readonly endedBy?: unknown;
}

/** What has become of a chunk's days so far. */
export interface ChunkState {
  readonly begun: Set<Partition>;
  readonly computed: Map<Partition, ComputedDay>;
  readonly accepted: Map<Month, ComputedDay[]>;
  readonly ended: DayOutcome[];
  /** What the audits found of blocked days. */
  readonly findings: Map<Partition, readonly AuditFinding[]>;
  /** Name and hash of each template of the days that came to be verified. */
  readonly templates: Map<Partition, Readonly<Record<string, string>>>;
  readonly untaken: Partition[];
  /** The table of the days in `computed`, which are still to be accepted. */
  candidates?: string;
  endedBy?: unknown;
}
