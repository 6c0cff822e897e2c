-- metrics, by date: *_output_tokens
-- Tokens that came out. As reference/seed-way/output_tokens.sql, of decoded events.
SELECT date, team_id, concat(trim(LEADING '$' FROM event), '_output_tokens') AS metric_name, sum(toFloat64(coalesce(output_tokens, 0))) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
