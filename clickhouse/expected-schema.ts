import { TABLES } from './names.js';

/** What a table of ours must look like: `llma migrate`, the worker and `llma doctor` compare the server's tables with it. */
export interface ExpectedTable {
  readonly table: string;
  /** Name and type of each column that must be there. More columns with defaults do no harm. */
  readonly columns: Readonly<Record<string, string>>;
  readonly partitionKey: string;
  readonly sortingKey: string;
}

const KEY = { date: 'Date', team_id: 'UInt64', metric_name: 'String' };
const ROW = { ...KEY, metric_value: 'Float64' };
const STATE = {
  ...KEY,
  ...{ total: 'LowCardinality(String)', digest: 'String', sketch: 'String', checksum: 'UInt64' },
  ...{ calls: 'Map(String, UInt64)', errors: 'Map(String, UInt64)' },
};
/** What the bytes are states of, as analysts merge them. */
const MERGEABLE = {
  quantiles: 'AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64)',
  uniques: 'AggregateFunction(uniqCombined64(13), String)',
};
const ACCEPTED = { template: 'LowCardinality(String)', version: 'UInt64', run: 'UInt64' };

export const EXPECTED_TABLES: readonly ExpectedTable[] = [
  {
    table: TABLES.daily,
    columns: ROW,
    partitionKey: 'toYYYYMM(date)',
    sortingKey: 'team_id, date, metric_name',
  },
  {
    table: TABLES.versions,
    columns: { ...ROW, ...ACCEPTED, snapshot: 'UInt64' },
    partitionKey: 'toYYYYMM(date)',
    sortingKey: 'team_id, date, metric_name, version',
  },
  {
    table: TABLES.states,
    columns: { ...STATE, ...MERGEABLE },
    partitionKey: 'toYYYYMM(date)',
    sortingKey: 'team_id, date, metric_name',
  },
  {
    table: TABLES.state_versions,
    columns: { ...STATE, ...ACCEPTED, rows: 'UInt64' },
    partitionKey: 'toYYYYMM(date)',
    sortingKey: 'team_id, date, metric_name, version',
  },
  {
    table: TABLES.ledger,
    columns: {
      date: 'Date',
      status: 'LowCardinality(String)',
      recorded_at: "DateTime64(6, 'UTC')",
      workflow_id: 'String',
      workflow_run_id: 'String',
      token: 'String',
      version: 'UInt64',
      rows: 'UInt64',
      source_rows: 'UInt64',
      source_fingerprint: 'UInt64',
      duplicates: 'UInt64',
      late_rows: 'UInt64',
      source_max_ingested_at: "Nullable(DateTime64(6, 'UTC'))",
      snapshot_at: "Nullable(DateTime64(6, 'UTC'))",
      templates: 'Map(String, String)',
      template_rows: 'Map(String, UInt64)',
      runs: 'Array(UInt64)',
      query_id: 'String',
      read_rows: 'UInt64',
      read_bytes: 'UInt64',
      elapsed_ms: 'UInt64',
      error: 'String',
      teams: 'UInt64',
      not_understood: 'UInt64',
      audits: 'Array(Tuple(audit String, level String, message String))',
      reason: 'String',
      settings: 'Map(String, String)',
    },
    partitionKey: 'toYYYYMM(date)',
    sortingKey: 'date, recorded_at',
  },
];
