-- The candidates, and the current rows of the days' templates that are not computed now.
(
    SELECT date, team_id, metric_name, metric_value, template
    FROM {{ candidates }}
    WHERE token IN ({tokens:Array(String)}) AND template != ''
    UNION ALL
    SELECT v.date, v.team_id, v.metric_name, v.metric_value, v.template
    FROM {{ versions }} AS v
    WHERE v.date IN ({partitions:Array(Date)}) AND v.metric_name != '' AND v.run IN ({others:Array(UInt64)})
)
