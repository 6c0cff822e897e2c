import type { Partition } from '../../config/partition.js';
import type { SourceCounts } from '../source-counts.js';

/** A chunk's LLM events, decoded once into a table that only this attempt at the chunk reads. */
export interface Slice {
  readonly table: string;
  /** Memory, or MergeTree for a day that does not fit the memory that a slice may take. */
  readonly engine: 'Memory' | 'MergeTree';
  /** Hash of the sources that it was decoded with: for one with fewer columns than all, {@link narrowHash}. */
  readonly sourcesHash: string;
  /** Rows of all its days. */
  readonly rows: number;
  /** Limits of ours with which it was decoded; undefined where a worker of before that decoded it. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What a slice has of one partition: every later step is held against it. */
export interface DecodedDay {
  readonly partition: Partition;
  /** ClickHouse's clock just before the source was read, in microseconds since 1970. */
  readonly snapshot: number;
  /** Microseconds of the snapshot, or one more than the day's greatest version. */
  readonly version: number;
  /** Rows that templates see. */
  readonly rows: number;
  /** Sum of cityHash64(event_id) over these rows, as digits. */
  readonly checksum: string;
  readonly source: SourceCounts;
  /** Of the decoding query, the day's share by rows. */
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsedMs: number;
  /** Why the partition is computed although its source rows have expired. */
  readonly reason?: string;
}
