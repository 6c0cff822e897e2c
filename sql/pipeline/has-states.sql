-- Tables of states that have any, whichever month's.
SELECT t.name AS name
FROM system.tables AS t
WHERE t.database = {database:String} AND t.name IN ({tables:Array(String)}) AND t.total_rows > 0
