-- metrics: slow_events
-- Takes a moment, in which faults find it at work, and counts the same events as the others: from one snapshot they agree.
SELECT date, team_id, 'slow_events' AS metric_name, toFloat64(uniqExact(event_id)) AS metric_value
FROM {{ llm_events }}
WHERE (SELECT count() FROM (SELECT sleepEachRow(0.02) AS slept FROM numbers(8) SETTINGS max_block_size = 1) WHERE NOT ignore(slept)) = 8
GROUP BY date, team_id
