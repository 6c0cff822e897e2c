-- blocking, always, by date: A day has one row of each team and metric.
SELECT date, concat('team ', toString(team_id), ' has ', toString(count()), ' rows of metric "', metric_name, '", from template ', arrayStringConcat(arraySort(arrayDistinct(groupArray(toString(template)))), ' and template ')) AS message
FROM {{ candidates }}
GROUP BY date, team_id, metric_name
HAVING count() > 1
