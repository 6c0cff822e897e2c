-- metrics, by date: *_error_count
-- Events that failed. As reference/seed-way/error_count.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_error_count') AS metric_name, toFloat64(countIf(is_error)) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
