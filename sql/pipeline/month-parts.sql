-- Of a month's parts in some tables: their rows, and the hashes of their files. Where those are the same, so is every row.
SELECT p.table AS name, sum(p.rows) AS rows, arrayStringConcat(arraySort(groupArray(p.hash_of_all_files)), ' ') AS contents
FROM system.parts AS p
WHERE p.database = {database:String} AND p.table IN ({tables:Array(String)}) AND p.partition_id = {month:String} AND p.active
GROUP BY p.table
