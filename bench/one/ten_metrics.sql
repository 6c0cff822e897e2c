-- metrics, by date: *_count, *_error_count, *_error_rate, *_input_tokens, *_output_tokens, *_cost_usd, *_latency_p95, *_sessions, *_traces, *_users
-- The metrics of bench/ten/ in one template: events are grouped once. Distinct texts by their hashes of 64 bits, as the shipped templates count them.
SELECT date, team_id, concat(kind, metric.1) AS metric_name, metric.2 AS metric_value
FROM
(
    SELECT
        date,
        team_id,
        trim(LEADING '$' FROM event) AS kind,
        [
            ('_count', toFloat64(count())),
            ('_error_count', toFloat64(countIf(is_error))),
            ('_error_rate', round(countIf(is_error) * 100.0 / count(), 2)),
            ('_input_tokens', toFloat64(sum(coalesce(input_tokens, 0)))),
            ('_output_tokens', toFloat64(sum(coalesce(output_tokens, 0)))),
            ('_cost_usd', sum(coalesce(cost_usd, 0))),
            ('_latency_p95', quantileExactIf(0.95)(assumeNotNull(latency_ms) / 1000, coalesce(latency_ms, 0) > 0)),
            ('_sessions', toFloat64(uniqExact(cityHash64(session_id)))),
            ('_traces', toFloat64(uniqExact(cityHash64(trace_id)))),
            ('_users', toFloat64(uniqExact(cityHash64(user_id))))
        ] AS metrics,
        countIf(coalesce(latency_ms, 0) > 0) AS timed
    FROM {{ llm_events }}
    GROUP BY date, team_id, event
)
ARRAY JOIN metrics AS metric
WHERE metric.1 != '_latency_p95' OR timed > 0
