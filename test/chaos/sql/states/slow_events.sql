-- Events and errors of each kind, as exact maps: whoever merges states sees the same numbers as who reads rows.
SELECT date, team_id, 'slow_events' AS metric_name, sumMap(map(kind, events)) AS calls, sumMap(map(kind, failed)) AS errors
FROM
(
    SELECT date, team_id, trim(LEADING '$' FROM event) AS kind, uniqExact(event_id) AS events, uniqExactIf(event_id, is_error) AS failed
    FROM {{ llm_events }}
    GROUP BY date, team_id, kind
)
GROUP BY date, team_id
