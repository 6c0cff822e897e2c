-- Staging tables that other publishers of a month have; and whether there are states at all, whichever month's.
SELECT
    multiIf(NOT has({tables:Array(String)}, t.name), 'table', t.total_rows > 0, 'states', '') AS what,
    t.name AS name
FROM system.tables AS t
WHERE t.database = {database:String}
  AND (startsWith(t.name, {prefix:String}) AND NOT has({own:Array(String)}, t.name) OR has({tables:Array(String)}, t.name))
