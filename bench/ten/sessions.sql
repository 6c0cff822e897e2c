-- metrics, by date: *_sessions
-- Distinct sessions. As reference/seed-way/sessions.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_sessions') AS metric_name, toFloat64(uniqExact(session_id)) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
