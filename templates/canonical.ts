/** A column of the canonical LLM event: what a source must return and a metric template may rely on. */
export interface CanonicalColumn {
  readonly name: string;
  /** ClickHouse's type, exactly as DESCRIBE prints it. */
  readonly type: string;
}

const of = (type: string, ...names: readonly string[]): CanonicalColumn[] => names.map((name) => ({ name, type }));

/**
 * The canonical columns, in order: those of a slice, of every source, and of `{{ llm_events }}`.
 * NULL means "not reported", which is not zero. Meanings: docs/adding-a-metric.md.
 */
export const CANONICAL_COLUMNS: readonly CanonicalColumn[] = [
  ...of('Date', 'date'),
  ...of("DateTime64(6, 'UTC')", 'timestamp', 'ingested_at'),
  ...of('LowCardinality(String)', 'source', 'event'),
  ...of('String', 'event_id'),
  ...of('UInt64', 'team_id'),
  ...of('String', 'trace_id', 'span_id', 'parent_id', 'session_id', 'user_id', 'agent_id', 'project', 'tool'),
  ...of('LowCardinality(String)', 'operation', 'provider', 'model', 'finish_reason'),
  ...of('Nullable(UInt64)', 'input_tokens', 'output_tokens', 'total_tokens'),
  ...of('Nullable(UInt64)', 'cached_input_tokens', 'cache_write_tokens', 'reasoning_tokens'),
  ...of('Nullable(Float64)', 'cost_usd', 'latency_ms'),
  ...of('Bool', 'is_error'),
  ...of('String', 'error_type', 'error_message'),
  ...of('Array(String)', 'tags'),
];

/** Columns that the shipped metrics need, and the pipeline itself: a slice has them alone where no template needs another. */
const METRIC_NAMES: readonly string[] = [
  ...['date', 'ingested_at', 'source', 'event', 'event_id', 'team_id', 'trace_id', 'session_id', 'user_id'],
  ...['input_tokens', 'output_tokens', 'total_tokens', 'cached_input_tokens', 'cache_write_tokens', 'reasoning_tokens'],
  ...['cost_usd', 'latency_ms', 'is_error', 'tool', 'model'],
];
export const METRIC_COLUMNS: readonly CanonicalColumn[] = CANONICAL_COLUMNS.filter(({ name }) =>
  METRIC_NAMES.includes(name),
);

/**
 * Names of columns in the order in which deliveries of one event are told apart that nothing else does: those of {@link METRIC_COLUMNS}
 * first, so that the same one stays whether there are others or not.
 */
export function namesToTellApart(columns: readonly CanonicalColumn[]): string {
  const isOther = ({ name }: CanonicalColumn) => !METRIC_NAMES.includes(name);
  return [...METRIC_NAMES, ...columns.filter(isOther).map(({ name }) => name)].join(', ');
}

/** Names of {@link CANONICAL_COLUMNS}, as a SELECT or INSERT lists them. */
export const CANONICAL_NAMES: string = CANONICAL_COLUMNS.map(({ name }) => name).join(', ');

/**
 * What a source may return after the canonical columns. Templates never see them: the recount does.
 * - `not_understood`: the event has a property that could not be read as what it should be. It counts all the same.
 * - `left_out`: the event is none that can be computed with, such as one of a negative team. It is nowhere but in the ledger's
 *   count of what was not understood.
 */
export const OPTIONAL_COLUMNS: readonly CanonicalColumn[] = of('Bool', 'not_understood', 'left_out');

/** Columns of a slice: the canonical ones and the optional ones, which each of its rows has. */
export const SLICE_COLUMNS: readonly CanonicalColumn[] = [...CANONICAL_COLUMNS, ...OPTIONAL_COLUMNS];

/** Those of one that has no others than {@link METRIC_COLUMNS}. */
export const NARROW_SLICE_COLUMNS: readonly CanonicalColumn[] = [...METRIC_COLUMNS, ...OPTIONAL_COLUMNS];
