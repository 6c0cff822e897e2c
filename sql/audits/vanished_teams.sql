-- warning, by date: A team that had rows on most of the last seven published days has some.
{% if days_rows > 3 %}
WITH {{ last_days }} AS weeks
SELECT week.1 AS date, concat('team ', toString(team_id), ' has no rows, and had some on ', toString(seen), ' of the last 7 days') AS message
FROM
(
    SELECT team_id, arrayJoin(weeks) AS week, length(arrayIntersect(groupUniqArray(date), week.2)) AS seen
    FROM {{ current }}
    WHERE date IN arrayFlatten(weeks.2)
    GROUP BY team_id
)
WHERE seen > 3 AND (week.1, team_id) NOT IN (SELECT date, team_id FROM {{ day }})
{% endif %}
