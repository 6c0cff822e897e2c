-- blocking, by date: A count of events is what an independent recount of the source finds.
{% if recount_rows > 0 %}
SELECT
    r.date AS date,
    concat(
        'metric "', r.metric_name, '" of team ', toString(r.team_id), ' is ', toString(r.metric_value), ', but the source has ', toString(r.events), ' such events',
        -- Whoever counts rows of a raw table counts each delivery.
        if(s.duplicates > 0 AND r.metric_value = r.events + s.duplicates,
            concat(', ', toString(s.duplicates), ' of them delivered again: count distinct ids, as uniqExact(uuid), not rows'), '')) AS message
FROM {{ recount }} AS r
LEFT JOIN {{ source }} AS s ON s.date = r.date AND s.team_id = r.team_id AND concat(substring(s.event, 2), '_count') = r.metric_name
{% endif %}
