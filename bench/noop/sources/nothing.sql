-- A source that never has events, and costs the server next to nothing: what is left is orchestration.
SELECT
    toDate('1970-01-01') AS date, toDateTime64(0, 6, 'UTC') AS timestamp, toDateTime64(0, 6, 'UTC') AS ingested_at,
    toLowCardinality('') AS source, toLowCardinality('') AS event, '' AS event_id, toUInt64(0) AS team_id,
    '' AS trace_id, '' AS span_id, '' AS parent_id, '' AS session_id, '' AS user_id, '' AS agent_id, '' AS project, '' AS tool,
    toLowCardinality('') AS operation, toLowCardinality('') AS provider, toLowCardinality('') AS model, toLowCardinality('') AS finish_reason,
    NULL::Nullable(UInt64) AS input_tokens, NULL::Nullable(UInt64) AS output_tokens, NULL::Nullable(UInt64) AS total_tokens,
    NULL::Nullable(UInt64) AS cached_input_tokens, NULL::Nullable(UInt64) AS cache_write_tokens, NULL::Nullable(UInt64) AS reasoning_tokens,
    NULL::Nullable(Float64) AS cost_usd, NULL::Nullable(Float64) AS latency_ms,
    false AS is_error, '' AS error_type, '' AS error_message, []::Array(String) AS tags
FROM events
WHERE false
