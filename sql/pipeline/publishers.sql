-- Staging tables that other publishers of a month have.
SELECT t.name AS name
FROM system.tables AS t
WHERE t.database = {database:String} AND startsWith(t.name, {prefix:String}) AND NOT has({own:Array(String)}, t.name)
