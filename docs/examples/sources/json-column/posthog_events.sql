-- A table `events` whose `properties` are the JSON column of events.sql: the same rows as sql/sources/posthog_events.sql returns, and no JSON is parsed.
-- What the values mean, what counts as an error, and what as not understood: docs/metrics.md.
{% set numbers = ['input_tokens', 'output_tokens', 'total_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens',
    'reasoning_tokens', 'total_cost_usd', 'latency'] %}
{# Not toUInt64, which fails for a text like "inf" although it has become NULL: below a NULL the number is still there. #}
{% macro whole(name) -%} accurateCastOrNull(trunc({{ name }}_read), 'UInt64') {%- endmacro %}
{% macro number(name, least) -%}
    {# 2^53 of anything is garbage, which would make every sum wrong. What is no number is not between any. Floats are compared with floats: with integers it takes longer. #}
    toFloat64OrNull(events.properties.`$ai_{{ name }}`) AS {{ name }}_number, if({{ name }}_number BETWEEN {{ least }} AND 9007199254740991., {{ name }}_number, NULL) AS {{ name }}_read
{%- endmacro %}
WITH
    {# Few events have a text to match. #}
    events.properties.`$ai_error` != '' AND NOT match(events.properties.`$ai_error`, '(?i)^\\s*(null|false|-?0(\\.0*)?|\\{\\s*\\}|\\[\\s*\\])?\\s*$') AS has_error,
    lower(trimBoth(events.properties.`$ai_is_error`)) AS is_error_said,
    {% for name in numbers %}{{ number(name, '-9007199254740991.' if name == 'total_cost_usd' else '0.') }},
    {% endfor %}
    {# A text without its number is one that could not be read. #}
    {% for name in numbers %}(events.properties.`$ai_{{ name }}` != '') - isNotNull({{ name }}_read){{ ' + ' if not loop.last }}{% endfor %} AS numbers_unread
SELECT
    toDate(events.timestamp, 'UTC') AS date,
    toDateTime64(events.timestamp, 6, 'UTC') AS timestamp,
    toDateTime64(events.created_at, 6, 'UTC') AS ingested_at,
    toLowCardinality('posthog_events') AS source,
    toLowCardinality(events.event) AS event,
    toString(events.uuid) AS event_id,
    toUInt64(greatest(events.team_id, 0)) AS team_id,
    events.properties.`$ai_trace_id` AS trace_id,
    events.properties.`$ai_span_id` AS span_id,
    events.properties.`$ai_parent_id` AS parent_id,
    events.properties.`$ai_session_id` AS session_id,
    events.distinct_id AS user_id,
    events.properties.`$ai_agent_id` AS agent_id,
    events.properties.`$ai_project` AS project,
    events.properties.`$ai_tool_name` AS tool,
    trim(LEADING '$' FROM toLowCardinality(events.event)) AS operation,
    toLowCardinality(events.properties.`$ai_provider`) AS provider,
    toLowCardinality(events.properties.`$ai_model`) AS model,
    toLowCardinality(events.properties.`$ai_stop_reason`) AS finish_reason,
    {{ whole('input_tokens') }} AS input_tokens,
    {{ whole('output_tokens') }} AS output_tokens,
    coalesce({{ whole('total_tokens') }}, input_tokens + output_tokens, input_tokens, output_tokens) AS total_tokens,
    {{ whole('cache_read_input_tokens') }} AS cached_input_tokens,
    {{ whole('cache_creation_input_tokens') }} AS cache_write_tokens,
    {{ whole('reasoning_tokens') }} AS reasoning_tokens,
    total_cost_usd_read AS cost_usd,
    latency_read * 1000 AS latency_ms,
    (has_error OR is_error_said IN ('true', '1'))::Bool AS is_error,
    if(events.properties.`$ai_error_type` = '' AND startsWith(events.properties.`$ai_error`, '{'), JSONExtractString(events.properties.`$ai_error`, 'type'), events.properties.`$ai_error_type`) AS error_type,
    if(has_error, substringUTF8(events.properties.`$ai_error`, 1, 1000), '') AS error_message,
    if(events.properties.`$ai_tags` = '', [], JSONExtract(events.properties.`$ai_tags`, 'Array(String)')) AS tags,
    (numbers_unread > 0
        OR is_error_said NOT IN ('', 'true', '1', 'false', '0', 'null')
        OR (events.properties.`$ai_tags` != '' AND JSONType(events.properties.`$ai_tags`) != 'Array'))::Bool AS not_understood,
    (events.team_id < 0)::Bool AS left_out
FROM events
WHERE events.event IN {{ event_types }}
  AND events.timestamp >= toDateTime64('{{ date_start }} 00:00:00', 6, 'UTC')
  AND events.timestamp < toDateTime64('{{ date_end }} 00:00:00', 6, 'UTC')
