-- PostHog's events without their details: as sql/sources/posthog_events.sql, and much cheaper to analyse.
SELECT
    toDate(events.timestamp, 'UTC') AS date,
    toDateTime64(events.timestamp, 6, 'UTC') AS timestamp,
    toDateTime64(events.created_at, 6, 'UTC') AS ingested_at,
    toLowCardinality('posthog_events') AS source,
    toLowCardinality(events.event) AS event,
    toString(events.uuid) AS event_id,
    toUInt64(greatest(events.team_id, 0)) AS team_id,
    '' AS trace_id, '' AS span_id, '' AS parent_id, '' AS session_id, '' AS user_id, '' AS agent_id, '' AS project, '' AS tool,
    toLowCardinality('') AS operation, toLowCardinality('') AS provider, toLowCardinality('') AS model, toLowCardinality('') AS finish_reason,
    NULL::Nullable(UInt64) AS input_tokens, NULL::Nullable(UInt64) AS output_tokens, NULL::Nullable(UInt64) AS total_tokens,
    NULL::Nullable(UInt64) AS cached_input_tokens, NULL::Nullable(UInt64) AS cache_write_tokens, NULL::Nullable(UInt64) AS reasoning_tokens,
    NULL::Nullable(Float64) AS cost_usd, NULL::Nullable(Float64) AS latency_ms,
    false AS is_error, '' AS error_type, '' AS error_message, []::Array(String) AS tags, false AS not_understood, (events.team_id < 0)::Bool AS left_out
FROM events
WHERE events.event IN {{ event_types }}
  AND events.timestamp >= toDateTime64('{{ date_start }} 00:00:00', 6, 'UTC')
  AND events.timestamp < toDateTime64('{{ date_end }} 00:00:00', 6, 'UTC')
