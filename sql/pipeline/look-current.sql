-- Of each month, from the markers and the ledger alone: the rows and states that must be visible, how many days' visible runs the
-- ledger does not know, and a hash that changes with every accept.
SELECT
    toString(toYYYYMM(now.day)) AS month,
    sum(now.day_rows) AS rows,
    sum(now.day_states) AS states,
    countIf(now.day_runs != published.day_runs) AS unpublished,
    toString(sum(cityHash64(now.day, now.day_runs))) AS current
FROM
(
    SELECT day, sum(template_rows) AS day_rows, sum(s.rows) AS day_states, arraySort(groupArray(template_run)) AS day_runs
    FROM
    (
        SELECT m.date AS day, argMax(m.run, (m.version, m.snapshot, m.run)) AS template_run, toUInt64(argMax(m.metric_value, (m.version, m.snapshot, m.run))) AS template_rows
        FROM {{ versions }} AS m
        WHERE m.team_id = 0 AND m.metric_name = ''
        GROUP BY m.date, m.template
    ) AS c
    LEFT ANY JOIN (SELECT run, rows FROM {{ state_versions }} WHERE team_id = 0 AND metric_name = '') AS s ON s.run = c.template_run
    GROUP BY day
) AS now
LEFT JOIN
(
    SELECT l.date AS day, argMax(l.runs, l.recorded_at) AS day_runs
    FROM {{ ledger }} AS l
    WHERE l.status = 'published'
    GROUP BY l.date
) AS published ON published.day = now.day
GROUP BY month
ORDER BY month
