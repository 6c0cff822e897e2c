/** A profile of the pipeline's user that changes what SQL means, or how answers look: the numbers are the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Installation } from '../support/installation.js';
import { install, PASSWORD } from '../support/installation.js';
import { Harness } from '../support/activity-harness.js';
import { Pipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';

const DAYS = ['2026-03-08', '2026-03-09', '2026-03-10'];

/** As people and other tools have them, all at once. */
const SETTINGS = {
  output_format_json_quote_64bit_floats: 1,
  output_format_json_named_tuples_as_objects: 0,
  extremes: 1,
  use_query_cache: 1,
  query_cache_nondeterministic_function_handling: 'save',
  query_cache_system_table_handling: 'save',
  empty_result_for_aggregation_by_empty_set: 1,
  aggregate_functions_null_for_empty: 1,
  join_use_nulls: 1,
  group_by_use_nulls: 1,
  transform_null_in: 1,
  cast_keep_nullable: 1,
  precise_float_parsing: 0,
  aggregate_function_input_format: 'value',
  data_type_default_nullable: 1,
  prefer_column_name_to_alias: 1,
  asterisk_include_materialized_columns: 1,
  asterisk_include_alias_columns: 1,
  date_time_overflow_behavior: 'throw',
  enable_extended_results_for_datetime_functions: 1,
  insert_null_as_default: 0,
  count_distinct_implementation: 'uniq',
  union_default_mode: 'DISTINCT',
};

let here: Installation;

beforeAll(async () => {
  here = await install([{ name: 'odd', password: PASSWORD, settings: SETTINGS }]);
});
afterAll(() => here.server.stop());

/** What is visible after a backfill of the same events, done twice, by a user. */
async function published(environment: Readonly<Record<string, string>>) {
  const harness = new Harness(here.url, { environment });
  await harness.open();
  try {
    harness.templates(shippedFiles());
    for (const day of DAYS) {
      await harness.command(
        `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
         SELECT reinterpretAsUUID(number + 1), arrayElement(['$ai_generation', '$ai_span', '$ai_trace'], 1 + number % 3),
           concat('{"$ai_trace_id":"t', toString(number % 7), '","$ai_latency":', toString(number / 8), ',"$ai_model":"m","$ai_input_tokens":', toString(number),
             if(number % 5 = 0, ',"$ai_is_error":true', ''), '}'),
           toDateTime64({day:String}, 6, 'UTC') + number, 1 + number % 2, toString(number % 11), toDateTime64({day:String}, 6, 'UTC') + number
         FROM numbers(100) AS n CROSS JOIN numbers(2) AS deliveries`,
        { day: `${day} 00:00:00` },
      );
    }
    const pipeline = new Pipeline(harness);
    await pipeline.backfill(DAYS);
    await pipeline.backfill(DAYS);
    const all = (table: string) => harness.select(`SELECT * FROM ${table} ORDER BY ALL`);
    return {
      daily: await all('llma_metrics_daily'),
      daily_by: await all('llma_metrics_daily_by'),
      weekly: await all('llma_metrics_weekly'),
      status: await harness.select(
        'SELECT date, status, rows, source_rows, source_fingerprint, duplicates, teams, not_understood, audits FROM llma_partition_status ORDER BY date',
      ),
    };
  } finally {
    await harness.close();
  }
}

test('is of no account', async () => {
  const usual = await published({});
  expect(usual.daily.length).toBeGreaterThan(50);
  expect(usual.daily_by.length).toBeGreaterThan(0);
  expect(usual.weekly.length).toBeGreaterThan(20);
  expect(await published({ CLICKHOUSE_USER: 'odd', CLICKHOUSE_PASSWORD: PASSWORD })).toEqual(usual);
});
