/** The source's own numbers of a partition. */
export interface SourceCounts {
  /** Distinct event ids. */
  readonly rows: number;
  /** Sum of cityHash64(event_id) over distinct ids, as digits; `0` where it isn't known. */
  readonly fingerprint: string;
  /** Deliveries beyond the first of each event id. */
  readonly duplicates: number;
  /** Teams that had events. */
  readonly teams: number;
  /** Events with a property that the source could not read. */
  readonly notUnderstood: number;
  /** `'YYYY-MM-DD hh:mm:ss.ffffff'` in UTC; undefined without events. */
  readonly maxIngestedAt?: string;
}
