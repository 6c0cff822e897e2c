-- Metric names, or names of states, that other templates own on some days, and that these days' candidates have too. `tokens` have computed `days`.
SELECT
    toString(owned.date) AS day,
    owned.owner AS template,
    groupArray(owned.metric_name) AS names,
    groupArrayIf((owned.metric_name, new.computed), notEmpty(new.computed)) AS taken
FROM
(
    SELECT v.date AS date, toString(v.template) AS owner, v.metric_name AS metric_name
    FROM {{ accepted }} AS v
    WHERE v.date IN ({days:Array(Date)})
      AND v.run IN
      (
          SELECT argMax(m.run, (m.version, m.snapshot, m.run))
          FROM {{ versions }} AS m
          WHERE m.team_id = 0 AND m.metric_name = '' AND m.date IN ({days:Array(Date)})
          GROUP BY m.date, m.template
      )
      AND v.metric_name != '' AND (v.date, toString(v.template)) NOT IN ({computed:Array(Tuple(Date, String))})
    GROUP BY date, owner, metric_name
) AS owned
LEFT JOIN
(
    SELECT c.date AS date, c.metric_name AS metric_name, arraySort(groupUniqArray(toString(c.template))) AS computed
    FROM {{ candidates }} AS c
    WHERE c.template != '' AND c.token IN ({tokens:Array(String)}) AND c.date = transform(c.token, {tokens:Array(String)}, {days:Array(Date)}, toDate(0))
    GROUP BY date, metric_name
) AS new ON new.date = owned.date AND new.metric_name = owned.metric_name
GROUP BY day, template
HAVING length(taken) > 0
