-- The candidates, and the current rows of the day's templates that are not computed now.
(
    SELECT date, team_id, metric_name, metric_value, template
    FROM {{ candidates }}
    WHERE token = {token:String} AND template != ''
    UNION ALL
    SELECT v.date, v.team_id, v.metric_name, v.metric_value, v.template
    FROM {{ versions }} AS v
    WHERE v.date = {partition:Date} AND v.metric_name != '' AND has({others:Array(UInt64)}, v.run)
)
