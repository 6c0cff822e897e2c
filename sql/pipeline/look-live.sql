-- Of each month of the live table, from its parts alone: its rows, and a hash that changes with everything that is done to it.
SELECT p.partition_id AS month, sum(p.rows) AS rows, toString(sum(cityHash64(p.name, p.modification_time))) AS parts
FROM system.parts AS p
WHERE p.database = {database:String} AND p.table = {table:String} AND p.active
GROUP BY month
ORDER BY month
