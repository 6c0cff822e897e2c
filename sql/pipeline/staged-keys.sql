-- Of some staged days: how many hashes their keys have. As many as rows: no key is there twice. Fewer: staged-duplicates.sql says.
SELECT '{{ name }}_keys' AS name, toString(t.date) AS date, uniqExact(cityHash64(t.team_id, t.metric_name)) AS rows
FROM {{ staging }} AS t
WHERE t.date IN ({days:Array(Date)})
GROUP BY t.date
