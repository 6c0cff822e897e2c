(
    SELECT v.date AS date, v.team_id AS team_id, v.metric_name AS metric_name, v.metric_value AS metric_value, v.template AS template
    FROM {{ versions }} AS v
    WHERE v.date >= {partition:Date} - 56 AND v.date < {partition:Date} AND v.metric_name != ''
      AND v.run IN
      (
          SELECT argMax(m.run, (m.version, m.run))
          FROM {{ versions }} AS m
          WHERE m.team_id = 0 AND m.metric_name = '' AND m.date >= {partition:Date} - 56 AND m.date < {partition:Date}
          GROUP BY m.date, m.template
      )
)
