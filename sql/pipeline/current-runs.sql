-- Of each day and template of a month: the latest complete run, with the number of its rows.
SELECT
    toString(v.date) AS date,
    toString(v.template) AS template,
    argMax(v.run, (v.version, v.snapshot, v.run)) AS run,
    argMax(metric_value, (v.version, v.snapshot, v.run)) AS rows,
    max(v.version) AS version
FROM {{ versions }} AS v
WHERE v.team_id = 0 AND v.metric_name = '' AND v.date >= {from:Date} AND v.date < {to:Date}
GROUP BY v.date, v.template
ORDER BY v.date, v.template
