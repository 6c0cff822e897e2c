/** A table that analysts read, and what a publish makes it of. */
export interface LiveTable {
  readonly name: 'daily' | 'states';
  /** Where its accepted rows are. */
  readonly accepted: 'versions' | 'state_versions';
  /** Its columns beside date, team_id and metric_name. */
  readonly values: string;
  /** What of a row `t` is hashed beside them. States that are equal have other bytes in each copy: what they say is hashed. */
  readonly hashed: string;
  /** End of its staging tables' names. */
  readonly suffix: string;
}

export const DAILY: LiveTable = {
  name: 'daily',
  accepted: 'versions',
  values: 'metric_value',
  hashed: 't.metric_value',
  suffix: '',
};

export const STATES: LiveTable = {
  name: 'states',
  accepted: 'state_versions',
  values: 'quantiles, uniques',
  hashed: 'finalizeAggregation(t.quantiles), finalizeAggregation(t.uniques)',
  suffix: '_states',
};
