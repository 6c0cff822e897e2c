-- warning, by date: Beside a rate x_y_rate stand its numerator x_y_count (unless it is 0) and its denominator x_count: rates can't be added up.
-- Of x_has_y_rate, too, x_count is the denominator: traces that have an error, of traces.
SELECT date, concat('metric "', rate.1, '" of ', toString(count()), if(count() = 1, ' team', ' teams'), ' has no "', missing, '"') AS message
FROM
(
    SELECT
        date,
        groupArrayIf(metric_name, endsWith(metric_name, '_count')) AS counts,
        arrayJoin(groupArrayIf((metric_name, metric_value), match(metric_name, '_[^_]+_rate$'))) AS rate,
        arrayJoin(arrayFilter(name -> NOT has(counts, name), arrayConcat(
            [replaceRegexpOne(rate.1, '(_has)?_[^_]+_rate$', '_count')],
            if(rate.2 = 0, [], [replaceRegexpOne(rate.1, '_rate$', '_count')])))) AS missing
    FROM {{ day }}
    GROUP BY date, team_id
)
GROUP BY date, rate.1, missing
