(
    SELECT declaration.1 AS template, declaration.2 AS pattern, declaration.3 AS header
    FROM (SELECT arrayJoin({declared:Array(Tuple(String, String, String))}) AS declaration)
)
