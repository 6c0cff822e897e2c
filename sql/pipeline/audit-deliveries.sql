(
    SELECT toDate(delivered.1) AS date, delivered.2 AS events, delivered.3 AS duplicates
    FROM (SELECT arrayJoin({deliveries:Array(Tuple(String, UInt64, UInt64))}) AS delivered)
)
