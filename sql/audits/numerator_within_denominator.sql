-- blocking: Of a rate x_y_rate, the numerator x_y_count is at most the denominator x_count.
SELECT concat('team ', toString(part.team_id), ': "', part.metric_name, '" is ', toString(part.metric_value), ', and "', whole.metric_name, '" is ', toString(whole.metric_value)) AS message
FROM
(
    SELECT
        team_id,
        metric_name,
        metric_value,
        replaceRegexpOne(metric_name, '_[^_]+_count$', '_count') AS denominator,
        replaceRegexpOne(metric_name, '_count$', '_rate') AS rate
    FROM {{ day }}
    WHERE endsWith(metric_name, '_count')
) AS part
INNER JOIN (SELECT team_id, metric_name, metric_value FROM {{ day }} WHERE endsWith(metric_name, '_count')) AS whole
    ON whole.team_id = part.team_id AND whole.metric_name = part.denominator
WHERE part.denominator != part.metric_name AND part.metric_value > whole.metric_value
  AND (part.team_id, part.rate) IN (SELECT team_id, metric_name FROM {{ day }} WHERE endsWith(metric_name, '_rate'))
