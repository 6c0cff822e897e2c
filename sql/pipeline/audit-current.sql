(
    SELECT v.date AS date, v.team_id AS team_id, v.metric_name AS metric_name, v.metric_value AS metric_value, v.template AS template
    FROM {{ versions }} AS v
    WHERE v.date >= {partition:Date} - 56 AND v.date < {partition:Date} AND v.metric_name != '' AND has({earlier:Array(UInt64)}, v.run)
)
