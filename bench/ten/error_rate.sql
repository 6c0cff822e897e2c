-- metrics, by date: *_error_rate
-- Events that failed, in percent. As reference/seed-way/error_rate.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_error_rate') AS metric_name, round(countIf(is_error) * 100.0 / count(), 2) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
