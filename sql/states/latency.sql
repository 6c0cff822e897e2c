-- Digests of the latencies of each event type, in seconds: what percentiles of several days are made of.
SELECT
    date,
    team_id,
    concat(trim(LEADING '$' FROM event), '_latency') AS metric_name,
    quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(assumeNotNull(latency_ms) / 1000) AS quantiles
FROM {{ llm_events }}
WHERE latency_ms > 0
GROUP BY date, team_id, metric_name
