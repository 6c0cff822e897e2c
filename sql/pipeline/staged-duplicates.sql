SELECT toString(s.date) AS date, team_id, metric_name, count() AS copies
FROM {{ staging }} AS s
WHERE s.date IN ({days:Array(Date)})
GROUP BY s.date, team_id, metric_name
HAVING copies > 1
ORDER BY date, team_id, metric_name
LIMIT 5
