-- PostHog's table `events`: one row an event, its details as JSON in `properties`, parsed once by a single JSONExtract.
-- What is missing, or not of its type, becomes NULL or ''; a value that isn't a string becomes its JSON text.
-- What the values mean, and what counts as an error: docs/metrics.md.
{% macro tokens(name) -%}
    {# 2^53 tokens are no count; as garbage they would make every sum wrong. #}
    if(p.`{{ name }}` < 9007199254740992, p.`{{ name }}`, NULL)
{%- endmacro %}
WITH
    JSONExtract(properties, 'Tuple(
        `$ai_trace_id` String, `$ai_span_id` String, `$ai_parent_id` String, `$ai_session_id` String,
        `$ai_agent_id` String, `$ai_project` String, `$ai_tool_name` String, `$ai_provider` String, `$ai_model` String,
        `$ai_stop_reason` String, `$ai_input_tokens` Nullable(UInt64), `$ai_output_tokens` Nullable(UInt64),
        `$ai_total_tokens` Nullable(UInt64), `$ai_cache_read_input_tokens` Nullable(UInt64),
        `$ai_cache_creation_input_tokens` Nullable(UInt64), `$ai_reasoning_tokens` Nullable(UInt64),
        `$ai_total_cost_usd` Nullable(Float64), `$ai_latency` Nullable(Float64), `$ai_is_error` String,
        `$ai_error` String, `$ai_error_type` String, `$ai_tags` Array(String))') AS p,
    NOT match(p.`$ai_error`, '(?i)^\\s*(null|false|-?0(\\.0*)?|\\{\\s*\\}|\\[\\s*\\])?\\s*$') AS has_error
SELECT
    toDate(events.timestamp, 'UTC') AS date,
    toDateTime64(events.timestamp, 6, 'UTC') AS timestamp,
    toDateTime64(events.created_at, 6, 'UTC') AS ingested_at,
    toLowCardinality('posthog_events') AS source,
    toLowCardinality(events.event) AS event,
    toString(events.uuid) AS event_id,
    if(throwIf(events.team_id < 0, 'source posthog_events: an event has a negative team_id') = 0, toUInt64(events.team_id), 0) AS team_id,
    p.`$ai_trace_id` AS trace_id,
    p.`$ai_span_id` AS span_id,
    p.`$ai_parent_id` AS parent_id,
    p.`$ai_session_id` AS session_id,
    events.distinct_id AS user_id,
    p.`$ai_agent_id` AS agent_id,
    p.`$ai_project` AS project,
    p.`$ai_tool_name` AS tool,
    toLowCardinality(trim(LEADING '$' FROM events.event)) AS operation,
    toLowCardinality(p.`$ai_provider`) AS provider,
    toLowCardinality(p.`$ai_model`) AS model,
    toLowCardinality(p.`$ai_stop_reason`) AS finish_reason,
    {{ tokens('$ai_input_tokens') }} AS input_tokens,
    {{ tokens('$ai_output_tokens') }} AS output_tokens,
    coalesce({{ tokens('$ai_total_tokens') }}, input_tokens + output_tokens, input_tokens, output_tokens) AS total_tokens,
    {{ tokens('$ai_cache_read_input_tokens') }} AS cached_input_tokens,
    {{ tokens('$ai_cache_creation_input_tokens') }} AS cache_write_tokens,
    {{ tokens('$ai_reasoning_tokens') }} AS reasoning_tokens,
    if(isFinite(p.`$ai_total_cost_usd`), p.`$ai_total_cost_usd`, NULL) AS cost_usd,
    if(isFinite(p.`$ai_latency`) AND p.`$ai_latency` >= 0, p.`$ai_latency` * 1000, NULL) AS latency_ms,
    (has_error OR lower(trimBoth(p.`$ai_is_error`)) IN ('true', '1'))::Bool AS is_error,
    if(p.`$ai_error_type` = '' AND startsWith(p.`$ai_error`, '{'), JSONExtractString(p.`$ai_error`, 'type'), p.`$ai_error_type`) AS error_type,
    if(has_error, substringUTF8(p.`$ai_error`, 1, 1000), '') AS error_message,
    p.`$ai_tags` AS tags
FROM events
WHERE events.event IN {{ event_types }}
  AND events.timestamp >= toDateTime64('{{ date_start }} 00:00:00', 6, 'UTC')
  AND events.timestamp < toDateTime64('{{ date_end }} 00:00:00', 6, 'UTC')
