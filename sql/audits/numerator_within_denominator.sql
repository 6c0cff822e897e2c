-- blocking, by date: Of a rate x_y_rate, the numerator x_y_count is at most the denominator x_count.
-- Of x_has_y_rate, too, x_count is the denominator: traces that have an error, of traces.
SELECT date, concat('team ', toString(team_id), ': "', part, '" is ', toString(metrics[part]), ', and "', whole, '" is ', toString(metrics[whole])) AS message
FROM
(
    SELECT
        date,
        team_id,
        CAST((groupArray(metric_name), groupArray(metric_value)), 'Map(String, Float64)') AS metrics,
        arrayJoin(arrayFilter(name -> endsWith(name, '_rate'), mapKeys(metrics))) AS rate,
        replaceRegexpOne(rate, '_rate$', '_count') AS part,
        replaceRegexpOne(rate, '(_has)?_[^_]+_rate$', '_count') AS whole
    FROM {{ day }}
    WHERE endsWith(metric_name, '_count') OR endsWith(metric_name, '_rate')
    GROUP BY date, team_id
)
WHERE mapContains(metrics, part) AND mapContains(metrics, whole) AND metrics[part] > metrics[whole]
