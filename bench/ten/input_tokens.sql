-- metrics, by date: *_input_tokens
-- Tokens that went in. As reference/seed-way/input_tokens.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_input_tokens') AS metric_name, sum(toFloat64(coalesce(input_tokens, 0))) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
