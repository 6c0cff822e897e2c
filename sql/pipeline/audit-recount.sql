(
    SELECT difference.1 AS team_id, difference.2 AS metric_name, difference.3 AS metric_value, difference.4 AS events
    FROM (SELECT arrayJoin({recount:Array(Tuple(UInt64, String, Float64, UInt64))}) AS difference)
)
