-- blocking, by date: A template with a header "-- metrics:" returns no other metrics than those.
{% if declared_rows > 0 %}
SELECT c.date AS date, concat('sql/', toString(c.template), '.sql returns "', c.metric_name, '", which its header "-- metrics: ', any(d.header), '" does not name: add the name there, or change the template') AS message
FROM (SELECT DISTINCT date, template, metric_name FROM {{ candidates }}) AS c
INNER JOIN {{ declared }} AS d ON d.template = c.template
GROUP BY c.date, c.template, c.metric_name
HAVING NOT max(match(c.metric_name, d.pattern))
{% endif %}
