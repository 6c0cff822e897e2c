(
    SELECT date, team_id, metric_name, metric_value, template
    FROM {{ candidates }}
    WHERE token = {token:String} AND template != ''
)
