-- blocking: A count of events is what an independent recount of the source finds.
SELECT concat('metric "', metric_name, '" of team ', toString(team_id), ' is ', toString(metric_value), ', but the source has ', toString(events), ' such events') AS message
FROM {{ recount }}
