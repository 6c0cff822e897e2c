-- Visible days without a ledger row that explains them: the latest `published` one has as many rows, and the current runs.
WITH current AS
(
    SELECT m.date AS date, arraySort(groupArray(m.run)) AS runs
    FROM
    (
        SELECT v.date AS date, v.template AS template, argMax(v.run, (v.version, v.snapshot, v.run)) AS run
        FROM llma_metrics_versions AS v
        WHERE v.team_id = 0 AND v.metric_name = ''
        GROUP BY v.date, v.template
    ) AS m
    GROUP BY m.date
)
SELECT toString(live.date) AS day, live.rows AS visible, said.rows AS published, said.runs = current.runs AS same_runs
FROM (SELECT date, count() AS rows FROM llma_metrics_daily GROUP BY date) AS live
LEFT JOIN
(
    SELECT date, argMax(rows, recorded_at) AS rows, argMax(arraySort(runs), recorded_at) AS runs
    FROM llma_partition_runs
    WHERE status = 'published'
    GROUP BY date
) AS said ON said.date = live.date
LEFT JOIN current ON current.date = live.date
WHERE said.rows != live.rows OR said.runs != current.runs
ORDER BY day
