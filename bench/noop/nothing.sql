-- metrics, by date: nothing
SELECT date, team_id, 'nothing' AS metric_name, toFloat64(0) AS metric_value
FROM {{ llm_events }}
WHERE false
