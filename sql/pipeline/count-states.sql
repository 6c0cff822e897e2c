-- What executions have written of states, by token and template, and what of it can't be right. `tokens` have computed `dates`.
-- A state stands beside the metric that it makes of several days: uniques of x beside x, quantiles of x beside x_p50, x_p95 …; and beside its total.
-- So do calls and errors beside x, how many names they have. `templates` have states.
WITH
    metrics AS
    (
        SELECT c.token, c.team_id, replaceRegexpOne(c.metric_name, '_p[0-9]+$', ''), toString(c.template)
        FROM {{ candidates }} AS c
        WHERE c.token IN ({tokens:Array(String)}) AND c.template IN ({templates:Array(String)})
    ),
    transform(s.token, {tokens:Array(String)}, {dates:Array(Date)}, toDate(0)) AS day,
    (s.token, s.team_id, s.metric_name, toString(s.template)) NOT IN metrics AS lacks_metric,
    s.total != '' AND (s.token, s.team_id, toString(s.total), toString(s.template)) NOT IN metrics AS lacks_total
SELECT
    s.token AS token,
    toString(s.template) AS template,
    count() AS rows,
    countIf(s.metric_name = '') AS nameless,
    countIf(s.date != day) AS elsewhere,
    toString(anyIf(s.date, s.date != day)) AS other_day,
    count() - uniqExact(s.team_id, s.metric_name) AS repeated,
    countIf(lacks_metric OR lacks_total) AS alone,
    anyIf(if(lacks_metric, s.metric_name, toString(s.total)), lacks_metric OR lacks_total) AS alone_name,
    groupUniqArray(s.metric_name) AS names
FROM {{ candidate_states }} AS s
WHERE s.token IN ({tokens:Array(String)})
GROUP BY s.token, s.template
ORDER BY s.token, s.template
