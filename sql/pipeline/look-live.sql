-- Of each month of the live tables, from their parts alone: rows, states, and a hash that changes with everything that is done to them.
SELECT
    p.partition_id AS month,
    sumIf(p.rows, p.table = {daily:String}) AS rows,
    sumIf(p.rows, p.table = {states:String}) AS states,
    toString(sum(cityHash64(p.name, p.modification_time))) AS parts
FROM system.parts AS p
WHERE p.database = {database:String} AND p.table IN ({daily:String}, {states:String}) AND p.active
GROUP BY month
ORDER BY month
