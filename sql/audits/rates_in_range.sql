-- blocking, by date: Metrics whose names end in _rate are percentages from 0 to 100.
SELECT date, concat('template ', toString(template), ': metric "', metric_name, '" of team ', toString(team_id), ' is ', toString(metric_value)) AS message
FROM {{ candidates }}
WHERE endsWith(metric_name, '_rate') AND NOT (metric_value >= 0 AND metric_value <= 100)
