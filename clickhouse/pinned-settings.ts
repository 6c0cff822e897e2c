import type { ClickHouseSettings } from '@clickhouse/client';

/**
 * Settings that change what a statement means, or how its answer looks, at ClickHouse's own defaults. A profile may say otherwise, for
 * people or for another tool: every statement of ours says them itself, where the server knows them.
 */
export const PINNED: ClickHouseSettings = {
  // How answers look.
  output_format_json_quote_64bit_floats: 0,
  output_format_json_quote_denormals: 0,
  output_format_json_quote_decimals: 0,
  output_format_json_named_tuples_as_objects: 1,
  output_format_json_skip_null_value_in_named_tuples: 0,
  extremes: 0,
  limit: '0',
  offset: '0',
  // A query that runs into a limit fails: with `break` it would return what it had until then.
  read_overflow_mode: 'throw',
  timeout_overflow_mode: 'throw',
  group_by_overflow_mode: 'throw',
  sort_overflow_mode: 'throw',
  distinct_overflow_mode: 'throw',
  join_overflow_mode: 'throw',
  set_overflow_mode: 'throw',
  result_overflow_mode: 'throw',
  // Which rows there are.
  use_query_cache: 0,
  apply_deleted_mask: 1,
  empty_result_for_aggregation_by_empty_set: 0,
  distributed_group_by_no_merge: '0',
  // What SQL means.
  precise_float_parsing: 1,
  aggregate_function_input_format: 'state',
  aggregate_functions_null_for_empty: 0,
  join_use_nulls: 0,
  group_by_use_nulls: 0,
  transform_null_in: 0,
  cast_keep_nullable: 0,
  data_type_default_nullable: 0,
  prefer_column_name_to_alias: 0,
  asterisk_include_materialized_columns: 0,
  asterisk_include_alias_columns: 0,
  date_time_overflow_behavior: 'ignore',
  enable_extended_results_for_datetime_functions: 0,
  insert_null_as_default: 1,
  count_distinct_implementation: 'uniqExact',
};

/** Characters from which on a statement is long. */
const LONG = 100_000;

/** What a long statement has to say of itself: an INSERT has all templates. A shorter one doesn't touch what somebody may have set limits to. */
export function lengthSettings(sql: string): ClickHouseSettings {
  if (sql.length < LONG) return {};
  return { max_query_size: '4194304', max_ast_elements: '1000000', max_expanded_ast_elements: '5000000' };
}
