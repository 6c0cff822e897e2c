-- The current runs of a chunk's days and of the eight weeks before them, from the markers alone.
SELECT toString(m.date) AS date, toString(m.template) AS template, toString(argMax(m.run, (m.version, m.snapshot, m.run))) AS run
FROM {{ versions }} AS m
WHERE m.team_id = 0 AND m.metric_name = '' AND m.date >= {from:Date} - 56 AND m.date <= {to:Date}
GROUP BY m.date, m.template
