(
    SELECT s.date AS date, s.rows AS rows, s.source_rows AS source_rows, s.teams AS teams
    FROM {{ status }} AS s
    WHERE s.date >= {partition:Date} - 56 AND s.date < {partition:Date} AND s.status = 'published'
)
