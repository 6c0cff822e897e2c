(
    SELECT toDate(difference.1) AS date, difference.2 AS team_id, difference.3 AS metric_name, difference.4 AS metric_value, difference.5 AS events
    FROM (SELECT arrayJoin({recount:Array(Tuple(String, UInt64, String, Float64, UInt64))}) AS difference)
)
