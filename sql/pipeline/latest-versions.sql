-- The latest version of each template of some days, its snapshot, and how many rows it has.
SELECT
    toString(v.date) AS date,
    toString(v.template) AS template,
    max(v.version) AS version,
    argMax(v.snapshot, (v.version, v.snapshot)) AS snapshot,
    argMax(v.metric_value, (v.version, v.snapshot, v.run)) AS rows
FROM {{ versions }} AS v
WHERE v.team_id = 0 AND v.metric_name = '' AND v.date IN ({days:Array(Date)})
GROUP BY v.date, v.template
