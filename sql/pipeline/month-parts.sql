-- Of a month's parts in some tables: their rows, and the hashes of their files. Where those are the same, so is every row.
-- What a lightweight UPDATE has changed is in parts beside them, of a partition patch-<hash>-<month>: no rows more, but other ones.
SELECT p.table AS name, sumIf(p.rows, p.partition_id = {month:String}) AS rows, arrayStringConcat(arraySort(groupArray(p.hash_of_all_files)), ' ') AS contents
FROM system.parts AS p
WHERE p.database = {database:String} AND p.table IN ({tables:Array(String)})
  AND replaceRegexpOne(p.partition_id, '^patch-[0-9a-f]+-', '') = {month:String} AND p.active
GROUP BY p.table
