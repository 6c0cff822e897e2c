-- PostHog's table `events` with the columns of events.sql beside it: the same rows as sql/sources/posthog_events.sql returns, and no JSON is parsed.
-- What the values mean, what counts as an error, and what as not understood: docs/metrics.md.
{% set numbers = ['input_tokens', 'output_tokens', 'total_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens',
    'reasoning_tokens', 'total_cost_usd', 'latency'] %}
{# Not p.`$ai_…`: a subcolumn is looked up among all others for each block, and takes the server longer to analyse. #}
{# Not toUInt64, which fails for a text like "inf" although it has become NULL: below a NULL the number is still there. #}
{% macro whole(name) -%} accurateCastOrNull(trunc({{ name }}_read), 'UInt64') {%- endmacro %}
{% macro number(name, least) -%}
    {# 2^53 of anything is garbage, which would make every sum wrong. What is no number is not between any. Floats are compared with floats: with integers it takes longer. #}
    toFloat64OrNull(tupleElement(p, '$ai_{{ name }}')) AS {{ name }}_number, if({{ name }}_number BETWEEN {{ least }} AND most, {{ name }}_number, NULL) AS {{ name }}_read
{%- endmacro %}
{% macro text(name) -%} if(is_list, '', tupleElement(p, '$ai_{{ name }}')) {%- endmacro %}
WITH
    events.llma_details AS p,
    {# Of a list JSONExtract reads the first as the first detail, the second as the second: nothing of it may be taken for anything. #}
    events.llma_is_list AS is_list,
    if(is_list, -9007199254740992., 9007199254740991.) AS most,
    {# Few events have a text to match. #}
    tupleElement(p, '$ai_error') != '' AND NOT is_list AND NOT match(tupleElement(p, '$ai_error'), '(?i)^\\s*(null|false|-?0(\\.0*)?|\\{\\s*\\}|\\[\\s*\\])?\\s*$') AS has_error,
    lower(trimBoth(tupleElement(p, '$ai_is_error'))) AS is_error_said,
    {% for name in numbers %}{{ number(name, '-9007199254740991.' if name == 'total_cost_usd' else '0.') }},
    {% endfor %}
    {# A text without its number is one that could not be read. #}
    {% for name in numbers %}(tupleElement(p, '$ai_{{ name }}') != '') - isNotNull({{ name }}_read){{ ' + ' if not loop.last }}{% endfor %} AS numbers_unread
SELECT
    toDate(events.timestamp, 'UTC') AS date,
    toDateTime64(events.timestamp, 6, 'UTC') AS timestamp,
    toDateTime64(events.created_at, 6, 'UTC') AS ingested_at,
    toLowCardinality('posthog_events') AS source,
    toLowCardinality(events.event) AS event,
    toString(events.uuid) AS event_id,
    toUInt64(greatest(events.team_id, 0)) AS team_id,
    {{ text('trace_id') }} AS trace_id,
    {{ text('span_id') }} AS span_id,
    {{ text('parent_id') }} AS parent_id,
    {{ text('session_id') }} AS session_id,
    events.distinct_id AS user_id,
    {{ text('agent_id') }} AS agent_id,
    {{ text('project') }} AS project,
    {{ text('tool_name') }} AS tool,
    trim(LEADING '$' FROM toLowCardinality(events.event)) AS operation,
    toLowCardinality({{ text('provider') }}) AS provider,
    toLowCardinality({{ text('model') }}) AS model,
    toLowCardinality({{ text('stop_reason') }}) AS finish_reason,
    {{ whole('input_tokens') }} AS input_tokens,
    {{ whole('output_tokens') }} AS output_tokens,
    coalesce({{ whole('total_tokens') }}, input_tokens + output_tokens, input_tokens, output_tokens) AS total_tokens,
    {{ whole('cache_read_input_tokens') }} AS cached_input_tokens,
    {{ whole('cache_creation_input_tokens') }} AS cache_write_tokens,
    {{ whole('reasoning_tokens') }} AS reasoning_tokens,
    total_cost_usd_read AS cost_usd,
    latency_read * 1000 AS latency_ms,
    (has_error OR (NOT is_list AND is_error_said IN ('true', '1')))::Bool AS is_error,
    multiIf(is_list, '', tupleElement(p, '$ai_error_type') = '' AND startsWith(tupleElement(p, '$ai_error'), '{'), JSONExtractString(tupleElement(p, '$ai_error'), 'type'), tupleElement(p, '$ai_error_type')) AS error_type,
    if(has_error, substringUTF8(tupleElement(p, '$ai_error'), 1, 1000), '') AS error_message,
    if(tupleElement(p, '$ai_tags') = '' OR is_list, [], JSONExtract(tupleElement(p, '$ai_tags'), 'Array(String)')) AS tags,
    (numbers_unread > 0
        OR is_list
        OR is_error_said NOT IN ('', 'true', '1', 'false', '0', 'null')
        OR (tupleElement(p, '$ai_tags') != '' AND JSONType(tupleElement(p, '$ai_tags')) != 'Array')
        OR (tupleElement(p, '$ai_trace_id') = '' AND tupleElement(p, '$ai_model') = '' AND tupleElement(p, '$ai_latency') = '' AND NOT events.llma_is_object))::Bool AS not_understood,
    (events.team_id < 0)::Bool AS left_out
FROM events
WHERE events.event IN {{ event_types }}
  AND events.timestamp >= toDateTime64('{{ date_start }} 00:00:00', 6, 'UTC')
  AND events.timestamp < toDateTime64('{{ date_end }} 00:00:00', 6, 'UTC')
