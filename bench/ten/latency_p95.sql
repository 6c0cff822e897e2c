-- metrics, by date: *_latency_p95
-- Seconds within which 95 % of them ended. As reference/seed-way/latency_p95.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_latency_p95') AS metric_name, quantileExact(0.95)(assumeNotNull(latency_ms) / 1000) AS metric_value
FROM {{ llm_events }}
WHERE latency_ms > 0
GROUP BY date, team_id, metric_name
