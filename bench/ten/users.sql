-- metrics, by date: *_users
-- Distinct users. As reference/seed-way/users.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_users') AS metric_name, toFloat64(uniqExact(user_id)) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
