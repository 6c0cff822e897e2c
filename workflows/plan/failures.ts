/**
 * The types of our permanent failures: the one list that activities throw and workflows and operators recognise.
 * Whatever is not in it passes, and is tried again.
 */
export const FAILURE = {
  /** A date, range, option or setting that can't be used. */
  invalidInput: 'InvalidInput',
  /** A template that can't be rendered, or whose SQL ClickHouse refuses. */
  template: 'TemplateError',
  /** ClickHouse refuses a statement that is not a template's. */
  clickhouse: 'ClickHousePermanent',
  /** Candidates that must not be accepted. */
  verification: 'VerificationFailed',
  /** Candidates that are gone: ClickHouse restarted. The days are computed again. */
  candidatesLost: 'CandidatesLost',
  /** A slice that is not what was decoded: ClickHouse restarted. Its days are decoded and computed again. */
  sliceLost: 'SliceLost',
  /** A worker's sources are not those that the slice was decoded with: its days are decoded and computed again. */
  catalogueMismatch: 'CatalogueMismatch',
  /** A staged month that must not be swapped in. */
  gate: 'GateFailed',
  /** Source rows of the partition have expired, wholly or in part: it is skipped, and what was visible stays. */
  expired: 'PartitionExpired',
  /** Nobody can say whether the partition's source rows have expired. */
  retention: 'RetentionUnknown',
  /** An error of our own code. Its stack is in the worker's log. */
  bug: 'Bug',
} as const;

export type FailureType = (typeof FAILURE)[keyof typeof FAILURE];
