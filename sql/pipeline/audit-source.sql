(
    SELECT date, team_id, metric_name AS event, events
    FROM {{ candidates }}
    WHERE token IN ({tokens:Array(String)}) AND template = ''
)
