-- blocking, by date: A template with a header "-- metrics:" returns no other metrics than those.
{% if declared_rows > 0 %}
-- Each name is matched once, not once a day.
SELECT arrayJoin(c.dates) AS date, concat('sql/', toString(c.template), '.sql returns "', c.metric_name, '", which its header "-- metrics: ', any(d.header), '" does not name: add the name there, or change the template') AS message
FROM (SELECT template, metric_name, groupUniqArray(date) AS dates FROM {{ candidates }} GROUP BY template, metric_name) AS c
INNER JOIN {{ declared }} AS d ON d.template = c.template
GROUP BY c.dates, c.template, c.metric_name
HAVING NOT max(match(c.metric_name, d.pattern))
{% endif %}
