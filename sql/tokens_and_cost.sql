-- metrics, by date: *_input_tokens, *_output_tokens, *_total_tokens, *_cached_input_tokens, *_cache_write_tokens, *_reasoning_tokens, *_cost_usd
-- What the events of each type used and cost: sums of what was reported, and no row where nothing was. Costs are not rounded.
SELECT
    date,
    team_id,
    concat(kind, metric.1) AS metric_name,
    metric.2 AS metric_value
FROM
(
    SELECT
        date,
        team_id,
        trim(LEADING '$' FROM event) AS kind,
        -- As numbers with a fraction: exact up to 2^53, and beyond it close, where whole ones would begin anew at 2^64.
        [
            ('_input_tokens', sum(toFloat64(input_tokens))),
            ('_output_tokens', sum(toFloat64(output_tokens))),
            ('_total_tokens', sum(toFloat64(total_tokens))),
            ('_cached_input_tokens', sum(toFloat64(cached_input_tokens))),
            ('_cache_write_tokens', sum(toFloat64(cache_write_tokens))),
            ('_reasoning_tokens', sum(toFloat64(reasoning_tokens))),
            ('_cost_usd', sum(cost_usd))
        ] AS metrics
    FROM {{ llm_events }}
    GROUP BY date, team_id, kind
)
ARRAY JOIN metrics AS metric
WHERE metric.2 IS NOT NULL
