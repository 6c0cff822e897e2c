-- metrics, by date: *_traces
-- Distinct traces. As reference/seed-way/traces.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_traces') AS metric_name, toFloat64(uniqExact(trace_id)) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
