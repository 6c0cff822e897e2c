SELECT toString(s.date) AS date, source_rows AS rows, source_fingerprint AS fingerprint
FROM {{ status }} AS s
WHERE s.date >= {from:Date} AND s.date < {to:Date} AND s.status = 'published'
