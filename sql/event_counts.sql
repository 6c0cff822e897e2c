-- metrics, by date: *_count
-- How many events of each type there were. Ingestion delivers twice now and then: an event id counts once.
SELECT
    date,
    team_id,
    concat(trim(LEADING '$' FROM event), '_count') AS metric_name,
    toFloat64(count()) AS metric_value
FROM {{ llm_events }}
GROUP BY date, team_id, metric_name
