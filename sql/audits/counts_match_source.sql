-- blocking, by date: A count of events is what an independent recount of the source finds.
{% if recount_rows > 0 %}
SELECT
    r.date AS date,
    concat(
        'metric "', r.metric_name, '" of team ', toString(r.team_id), ' is ', toString(r.metric_value), ', but the source has ', toString(r.events), ' such events',
        -- Whoever counts rows of a raw table counts each delivery.
        if(r.metric_value > r.events AND r.metric_value <= r.events + d.duplicates,
            concat('; ', toString(d.duplicates), if(d.duplicates = 1, ' delivery', ' deliveries'), ' of that day repeated one: count distinct ids, as uniqExact(uuid), not rows'), '')) AS message
FROM {{ recount }} AS r
INNER JOIN {{ deliveries }} AS d ON d.date = r.date
{% endif %}
