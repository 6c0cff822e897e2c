-- The latest version of each template of some days, and how many rows it has.
SELECT toString(v.date) AS date, toString(v.template) AS template, max(v.version) AS version, argMax(v.metric_value, (v.version, v.run)) AS rows
FROM {{ versions }} AS v
WHERE v.team_id = 0 AND v.metric_name = '' AND v.date IN ({days:Array(Date)})
GROUP BY v.date, v.template
