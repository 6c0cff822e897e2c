(
    SELECT toDate(published.1) AS date, published.2 AS rows, published.3 AS source_rows, published.4 AS teams
    FROM (SELECT arrayJoin({published:Array(Tuple(String, UInt64, UInt64, UInt64))}) AS published)
)
