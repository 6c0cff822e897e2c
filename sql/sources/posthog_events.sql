-- PostHog's table `events`: one row an event, its details as JSON in `properties`, parsed once by a single JSONExtract.
-- It gives every detail as text, '' where there is none or null: so what is there and can't be read is told from what is not there.
-- What the values mean, what counts as an error, and what as not understood: docs/metrics.md.
{% set numbers = ['input_tokens', 'output_tokens', 'total_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens',
    'reasoning_tokens', 'total_cost_usd', 'latency'] %}
{# Details of columns that are not always asked for: each that is taken out of the JSON takes time. #}
{% set others = {'span_id': 'span_id', 'parent_id': 'parent_id', 'agent_id': 'agent_id', 'project': 'project', 'tool': 'tool_name', 'provider': 'provider', 'model': 'model', 'finish_reason': 'stop_reason'} %}
{# Not p.`$ai_…`: a subcolumn is looked up among all others for each block, and takes the server longer to analyse. #}
{# A text that is not there is not parsed: to find that it is no number takes as long as to read one. #}
{% macro whole(name) -%}
    {# What is below 0, beyond 64 bits, or no number is NULL; 2^53 of anything is garbage, which would make every sum wrong. #}
    if(notEmpty(tupleElement(p, '$ai_{{ name }}')), accurateCastOrNull(floor(toFloat64OrNull(tupleElement(p, '$ai_{{ name }}'))), 'UInt64'), NULL) AS {{ name }}_number, if({{ name }}_number < most, {{ name }}_number, NULL) AS {{ name }}_read
{%- endmacro %}
{% macro fraction(name, within) -%}
    {# What is no number is not within any. Floats are compared with floats: with integers it takes longer. #}
    if(notEmpty(tupleElement(p, '$ai_{{ name }}')), toFloat64OrNull(tupleElement(p, '$ai_{{ name }}')), NULL) AS {{ name }}_number, if({{ within }}, {{ name }}_number, NULL) AS {{ name }}_read
{%- endmacro %}
WITH
    JSONExtract(properties, 'Tuple(
        `$ai_trace_id` String, `$ai_session_id` String,
        {% for column, name in others.items() if column in columns %}`$ai_{{ name }}` String, {% endfor %}
        {% for name in numbers %}`$ai_{{ name }}` String, {% endfor %}
        `$ai_is_error` String, `$ai_error` String, {% if 'error_type' in columns %}`$ai_error_type` String, {% endif %}`$ai_tags` String)') AS p,
    {# Of a list JSONExtract reads the first as the first detail, the second as the second: nothing of it may be taken for an id,
       a name, a number or an error. #}
    NOT startsWith(properties, '{') AND JSONType(properties) = 'Array' AS is_list,
    if(is_list, 0, 9007199254740992) AS most,
    toFloat64(most) AS most_float,
    {# Few events have a text to match. #}
    notEmpty(tupleElement(p, '$ai_error')) AND NOT is_list AND NOT match(tupleElement(p, '$ai_error'), '(?i)^\\s*(null|false|-?0(\\.0*)?|\\{\\s*\\}|\\[\\s*\\])?\\s*$') AS has_error,
    lower(trimBoth(tupleElement(p, '$ai_is_error'))) AS is_error_said,
    {% for name in numbers[:6] %}{{ whole(name) }},
    {% endfor %}
    {{ fraction('total_cost_usd', 'abs(total_cost_usd_number) < most_float') }},
    {{ fraction('latency', 'latency_number >= 0. AND latency_number < most_float') }}
SELECT
    toDate(events.timestamp, 'UTC') AS date,
    toDateTime64(events.timestamp, 6, 'UTC') AS timestamp,
    toDateTime64(events.created_at, 6, 'UTC') AS ingested_at,
    toLowCardinality('posthog_events') AS source,
    toLowCardinality(events.event) AS event,
    toString(events.uuid) AS event_id,
    toUInt64(greatest(events.team_id, 0)) AS team_id,
    if(is_list, '', tupleElement(p, '$ai_trace_id')) AS trace_id,
    if(is_list, '', tupleElement(p, '$ai_span_id', '')) AS span_id,
    if(is_list, '', tupleElement(p, '$ai_parent_id', '')) AS parent_id,
    if(is_list, '', tupleElement(p, '$ai_session_id')) AS session_id,
    events.distinct_id AS user_id,
    if(is_list, '', tupleElement(p, '$ai_agent_id', '')) AS agent_id,
    if(is_list, '', tupleElement(p, '$ai_project', '')) AS project,
    if(is_list, '', tupleElement(p, '$ai_tool_name', '')) AS tool,
    trim(LEADING '$' FROM toLowCardinality(events.event)) AS operation,
    toLowCardinality(if(is_list, '', tupleElement(p, '$ai_provider', ''))) AS provider,
    toLowCardinality(if(is_list, '', tupleElement(p, '$ai_model', ''))) AS model,
    toLowCardinality(if(is_list, '', tupleElement(p, '$ai_stop_reason', ''))) AS finish_reason,
    input_tokens_read AS input_tokens,
    output_tokens_read AS output_tokens,
    coalesce(total_tokens_read, input_tokens + output_tokens, input_tokens, output_tokens) AS total_tokens,
    cache_read_input_tokens_read AS cached_input_tokens,
    cache_creation_input_tokens_read AS cache_write_tokens,
    reasoning_tokens_read AS reasoning_tokens,
    total_cost_usd_read AS cost_usd,
    latency_read * 1000 AS latency_ms,
    (has_error OR (NOT is_list AND is_error_said IN ('true', '1')))::Bool AS is_error,
    multiIf(is_list, '', empty(tupleElement(p, '$ai_error_type', '')) AND startsWith(tupleElement(p, '$ai_error'), '{'), JSONExtractString(tupleElement(p, '$ai_error'), 'type'), tupleElement(p, '$ai_error_type', '')) AS error_type,
    if(has_error, substringUTF8(tupleElement(p, '$ai_error'), 1, 1000), '') AS error_message,
    if(empty(tupleElement(p, '$ai_tags')) OR is_list, [], JSONExtract(tupleElement(p, '$ai_tags'), 'Array(String)')) AS tags,
    (is_list
        {# A text without its number is one that could not be read. #}
        {% for name in numbers %}OR notEmpty(tupleElement(p, '$ai_{{ name }}')) != isNotNull({{ name }}_read) {% endfor %}
        OR is_error_said NOT IN ('', 'true', '1', 'false', '0', 'null')
        OR (notEmpty(tupleElement(p, '$ai_tags')) AND JSONType(tupleElement(p, '$ai_tags')) != 'Array')
        {# Only an event without its commonest details is worth a second look at the JSON. #}
        OR (empty(tupleElement(p, '$ai_trace_id')) AND empty(tupleElement(p, '$ai_latency')) AND JSONType(properties) != 'Object'))::Bool AS not_understood,
    (events.team_id < 0)::Bool AS left_out
FROM events
WHERE events.event IN {{ event_types }}
  AND events.timestamp >= toDateTime64('{{ date_start }} 00:00:00', 6, 'UTC')
  AND events.timestamp < toDateTime64('{{ date_end }} 00:00:00', 6, 'UTC')
