-- warning: A team that had rows on most of the last seven published days has some.
SELECT concat('team ', toString(team_id), ' has no rows, and had some on ', toString(uniqExact(date)), ' of the last ', toString((SELECT count() FROM (SELECT date FROM {{ days }} ORDER BY date DESC LIMIT 7))), ' days') AS message
FROM {{ current }}
WHERE date IN (SELECT date FROM {{ days }} ORDER BY date DESC LIMIT 7)
  AND team_id NOT IN (SELECT team_id FROM {{ day }})
GROUP BY team_id
HAVING uniqExact(date) > 3
