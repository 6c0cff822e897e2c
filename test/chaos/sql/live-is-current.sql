-- Days whose live rows, or states, are not exactly those of the latest run of each template.
SELECT toString(d.date) AS day
FROM
(
    SELECT date, team_id, metric_name, metric_value, sum(side) AS balance
    FROM
    (
        SELECT l.date AS date, l.team_id AS team_id, l.metric_name AS metric_name, l.metric_value AS metric_value, 1 AS side
        FROM llma_metrics_daily AS l
        UNION ALL
        SELECT v.date, v.team_id, v.metric_name, v.metric_value, -1
        FROM llma_metrics_versions AS v
        WHERE v.metric_name != '' AND (v.date, v.template, v.run) IN
        (
            SELECT m.date, m.template, argMax(m.run, (m.version, m.snapshot, m.run))
            FROM llma_metrics_versions AS m
            WHERE m.team_id = 0 AND m.metric_name = ''
            GROUP BY m.date, m.template
        )
    )
    GROUP BY date, team_id, metric_name, metric_value
    HAVING balance != 0
) AS d
GROUP BY d.date
UNION ALL
SELECT concat(toString(d.date), ' states') AS day
FROM
(
    SELECT date, team_id, metric_name, calls, errors, sum(side) AS balance
    FROM
    (
        SELECT l.date AS date, l.team_id AS team_id, l.metric_name AS metric_name, l.calls AS calls, l.errors AS errors, 1 AS side
        FROM llma_metrics_states AS l
        UNION ALL
        SELECT v.date, v.team_id, v.metric_name, v.calls, v.errors, -1
        FROM llma_metrics_states_versions AS v
        WHERE v.metric_name != '' AND (v.date, v.template, v.run) IN
        (
            SELECT m.date, m.template, argMax(m.run, (m.version, m.snapshot, m.run))
            FROM llma_metrics_versions AS m
            WHERE m.team_id = 0 AND m.metric_name = ''
            GROUP BY m.date, m.template
        )
    )
    GROUP BY date, team_id, metric_name, calls, errors
    HAVING balance != 0
) AS d
GROUP BY d.date
