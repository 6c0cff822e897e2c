-- blocking, by date: A count of events is what an independent recount of the source finds.
{% if recount_rows > 0 %}
SELECT date, concat('metric "', metric_name, '" of team ', toString(team_id), ' is ', toString(metric_value), ', but the source has ', toString(events), ' such events') AS message
FROM {{ recount }}
{% endif %}
