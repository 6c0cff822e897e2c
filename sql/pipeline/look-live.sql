-- Of each month of the live tables, from their parts alone: rows, states, and a hash that changes with everything that is done to them.
-- What a lightweight UPDATE has changed is in parts beside them, of a partition patch-<hash>-<month>: no rows more, but another hash.
SELECT
    replaceRegexpOne(p.partition_id, '^patch-[0-9a-f]+-', '') AS month,
    sumIf(p.rows, p.table = {daily:String} AND p.partition_id = month) AS rows,
    sumIf(p.rows, p.table = {states:String} AND p.partition_id = month) AS states,
    toString(sum(cityHash64(p.name, p.modification_time))) AS parts
FROM system.parts AS p
WHERE p.database = {database:String} AND p.table IN ({daily:String}, {states:String}) AND p.active
GROUP BY month
ORDER BY month
