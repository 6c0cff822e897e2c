(
    SELECT date, team_id, metric_name, {{ values }}
    FROM {{ accepted }}
    WHERE date >= {from:Date} AND date < {to:Date}
      AND run IN (SELECT arrayJoin({runs:Array(UInt64)}))
      AND NOT (team_id = 0 AND metric_name = '')
)
