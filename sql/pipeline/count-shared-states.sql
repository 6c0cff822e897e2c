-- Of each execution and template the states that another template has, too, of the same team. `names` are those that several templates
-- have, of whatever teams: mostly there are none, and nobody asks.
SELECT k.token AS token, k.template AS template, arraySort(groupUniqArray(k.metric_name)) AS shared
FROM
(
    SELECT s.token AS token, s.metric_name AS metric_name, arrayJoin(groupUniqArray(toString(s.template))) AS template
    FROM {{ candidate_states }} AS s
    WHERE s.token IN ({tokens:Array(String)}) AND s.metric_name IN ({names:Array(String)})
    GROUP BY s.token, s.team_id, s.metric_name
    HAVING uniqExact(s.template) > 1
) AS k
GROUP BY k.token, k.template
