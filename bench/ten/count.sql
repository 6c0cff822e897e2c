-- metrics, by date: *_count
-- Events of each type. As reference/seed-way/count.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_count') AS metric_name, toFloat64(count()) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
