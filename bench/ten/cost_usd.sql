-- metrics, by date: *_cost_usd
-- What they cost. As reference/seed-way/cost_usd.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_cost_usd') AS metric_name, sum(coalesce(cost_usd, 0)) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
