-- Before the last of the days, from eight weeks before the first.
(
    SELECT v.date AS date, v.team_id AS team_id, v.metric_name AS metric_name, v.metric_value AS metric_value, v.template AS template
    FROM {{ versions }} AS v
    WHERE v.date >= {first:Date} - 56 AND v.date < {last:Date} AND v.metric_name != '' AND v.run IN ({earlier:Array(UInt64)})
)
