SELECT concat('template ', template, ': metric "', metric_name, '" of team ', toString(team_id), ' is ', toString(metric_value), ', expected a finite number') AS message
FROM {{ candidates }}
WHERE NOT isFinite(metric_value)
