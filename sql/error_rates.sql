-- metrics, by date: *_error_rate, *_error_count
-- Errors of each event type: the rate in percent, and its numerator. Rates of days can't be averaged; the counts can be added.
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
        count() AS events,
        countIf(is_error) AS errors
    FROM {{ llm_events }}
    GROUP BY date, team_id, kind
)
ARRAY JOIN [('_error_rate', round(100 * errors / events, 2)), ('_error_count', toFloat64(errors))] AS metric
WHERE metric.1 = '_error_rate' OR errors > 0
