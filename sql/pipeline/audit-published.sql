-- Of each published day of the eight weeks before a chunk, and of the chunk: what the ledger says of it. As in llma_partition_status, which
-- knows more of a day, and takes the server twice as long to plan.
SELECT toString(l.date) AS date, l.rows AS rows, l.source_rows AS source_rows, l.teams AS teams
FROM {{ ledger }} AS l
WHERE l.date >= {from:Date} - 56 AND l.date <= {to:Date} AND l.status = 'published'
ORDER BY l.recorded_at DESC
LIMIT 1 BY l.date
