-- Of each published day of the eight weeks before a chunk, and of the chunk: what the ledger says of it.
SELECT toString(s.date) AS date, s.rows AS rows, s.source_rows AS source_rows, s.teams AS teams
FROM {{ status }} AS s
WHERE s.date >= {from:Date} - 56 AND s.date <= {to:Date} AND s.status = 'published'
