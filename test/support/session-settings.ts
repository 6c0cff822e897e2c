/** What sessions of analysts have otherwise than the server: dbt and dashboards set some of these, people and old profiles others. */
export const SESSION_SETTINGS = {
  join_use_nulls: 1,
  aggregate_functions_null_for_empty: 1,
  prefer_column_name_to_alias: 1,
  group_by_use_nulls: 1,
  transform_null_in: 1,
  union_default_mode: 'DISTINCT',
  join_default_strictness: '',
  cast_keep_nullable: 1,
  data_type_default_nullable: 1,
  precise_float_parsing: 0,
};

/** A user who may change no setting, and has all of these. */
export const READONLY_USER = {
  name: 'readonly',
  password: '',
  settings: { readonly: 1, ...SESSION_SETTINGS },
};
