-- Staging tables of a month but for one's own; and whether there are states at all, whichever month's.
SELECT t.name AS name, has({tables:Array(String)}, t.name) AND t.total_rows > 0 AS filled
FROM system.tables AS t
WHERE t.database = {database:String}
  AND (startsWith(t.name, {prefix:String}) AND NOT has({own:Array(String)}, t.name) OR has({tables:Array(String)}, t.name))
