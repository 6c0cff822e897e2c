-- What executions have written of states, by token and template, and what of it can't be right. `tokens` have computed `dates`.
-- A state stands beside the metric that it makes of several days: uniques of x beside x, quantiles of x beside x_p50, x_p95 …
WITH transform(s.token, {tokens:Array(String)}, {dates:Array(Date)}, toDate(0)) AS day
SELECT
    s.token AS token,
    toString(s.template) AS template,
    count() AS rows,
    countIf(s.metric_name = '') AS nameless,
    countIf(s.date != day) AS elsewhere,
    toString(anyIf(s.date, s.date != day)) AS other_day,
    count() - uniqExact(s.team_id, s.metric_name) AS repeated,
    countIf(finalizeAggregation(s.uniques) = 0 AND isNaN(finalizeAggregation(s.quantiles)[1])) AS empty,
    countIf((s.token, s.team_id, s.metric_name, toString(s.template)) NOT IN
    (
        SELECT c.token, c.team_id, replaceRegexpOne(c.metric_name, '_p[0-9]+$', ''), toString(c.template)
        FROM {{ candidates }} AS c
        WHERE c.token IN ({tokens:Array(String)}) AND c.template != ''
    ) AS without_metric) AS alone,
    anyIf(s.metric_name, without_metric) AS alone_name
FROM {{ candidate_states }} AS s
WHERE s.token IN ({tokens:Array(String)})
GROUP BY s.token, s.template
ORDER BY s.token, s.template
