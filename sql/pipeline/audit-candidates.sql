(
    SELECT date, team_id, metric_name, metric_value, template
    FROM {{ candidates }}
    WHERE token IN ({tokens:Array(String)}) AND template != ''
)
