-- The latest version of each template of some days.
SELECT toString(v.date) AS date, toString(v.template) AS template, max(v.version) AS version
FROM {{ versions }} AS v
WHERE v.team_id = 0 AND v.metric_name = '' AND toString(v.date) IN ({days:Array(String)})
GROUP BY v.date, v.template
