-- How many states the accepted runs of a month have. One that is not here has none.
SELECT m.run AS run, m.rows AS rows
FROM {{ state_versions }} AS m
WHERE m.team_id = 0 AND m.metric_name = '' AND m.date >= {from:Date} AND m.date < {to:Date}
