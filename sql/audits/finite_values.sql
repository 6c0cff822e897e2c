-- blocking, by date: Values are finite numbers.
SELECT date, concat('template ', toString(template), ': metric "', metric_name, '" of team ', toString(team_id), ' is ', toString(metric_value)) AS message
FROM {{ candidates }}
WHERE NOT isFinite(metric_value)
