/** A table that analysts read, and what a publish makes it of. */
export interface LiveTable {
  readonly name: 'daily' | 'states';
  /** Where its accepted rows are. */
  readonly accepted: 'versions' | 'state_versions';
  /** Its columns beside date, team_id and metric_name. */
  readonly values: string;
  /** The column that is summed up, with those three. Of states it is a hash of what they say, which is worked out when they are written. */
  readonly summed: string;
  /** End of its staging tables' names. */
  readonly suffix: string;
}

export const DAILY: LiveTable = {
  name: 'daily',
  accepted: 'versions',
  values: 'metric_value',
  summed: 'metric_value',
  suffix: '',
};

export const STATES: LiveTable = {
  name: 'states',
  accepted: 'state_versions',
  values: 'total, digest, sketch, calls, errors',
  summed: 'checksum',
  suffix: '_states',
};
