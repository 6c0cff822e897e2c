-- Count and checksum of each day of a month in a table of rows, or of states.
SELECT '{{ name }}' AS name, toString(t.date) AS date, count() AS rows, sum(cityHash64(t.date, t.team_id, t.metric_name, t.{{ summed }})) AS checksum
FROM {{ table }} AS t
WHERE t.date >= {from:Date} AND t.date < {to:Date}
GROUP BY t.date
