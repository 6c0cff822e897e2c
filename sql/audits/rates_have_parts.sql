-- warning: Beside a rate x_y_rate stand its numerator x_y_count (unless it is 0) and its denominator x_count: rates can't be added up.
SELECT concat('metric "', rate.metric_name, '" of ', toString(count()), if(count() = 1, ' team', ' teams'), ' has no "', missing, '"') AS message
FROM
(
    SELECT
        team_id,
        metric_name,
        arrayJoin(arrayConcat(
            [replaceRegexpOne(metric_name, '_[^_]+_rate$', '_count')],
            if(metric_value = 0, [], [replaceRegexpOne(metric_name, '_rate$', '_count')]))) AS missing
    FROM {{ candidates }}
    WHERE match(metric_name, '_[^_]+_rate$')
) AS rate
WHERE (rate.team_id, missing) NOT IN (SELECT team_id, metric_name FROM {{ day }} WHERE endsWith(metric_name, '_count'))
GROUP BY rate.metric_name, missing
