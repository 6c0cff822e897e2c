-- metrics, by date: *_latency_p50, *_latency_p95, *_latency_p99, *_latency_mean, *_latency_sum, *_latency_count
-- How long the events of each type took, in seconds, of those that report it; 0 does not. Percentiles are values that occurred.
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
        quantilesExact(0.5, 0.95, 0.99)(latency_ms / 1000) AS percentiles,
        sum(latency_ms / 1000) AS seconds,
        count() AS events,
        [
            ('_latency_p50', percentiles[1]),
            ('_latency_p95', percentiles[2]),
            ('_latency_p99', percentiles[3]),
            ('_latency_mean', seconds / events),
            ('_latency_sum', seconds),
            ('_latency_count', toFloat64(events))
        ] AS metrics
    FROM {{ llm_events }}
    WHERE latency_ms > 0
    GROUP BY date, team_id, kind
)
ARRAY JOIN metrics AS metric
