(
    SELECT team_id, metric_name AS event, events, duplicates
    FROM {{ candidates }}
    WHERE token = {token:String} AND template = ''
)
