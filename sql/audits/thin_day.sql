-- warning, by date: A day has not far fewer rows or events than the same weekday of the weeks before.
{% if thin_day_percent > 0 and days_rows >= 3 %}
SELECT date, concat('the day has ', toString(found), ' ', what, ', the median of ', toString(weeks), ' earlier ', dateName('weekday', date), 's is ', toString(round(median))) AS message
FROM
(
    SELECT date, what, sum(rows) AS found, countIf(is_earlier) AS weeks, quantileExactInclusiveIf(0.5)(earlier, is_earlier) AS median
    FROM
    (
        SELECT date, 'rows' AS what, 1 AS rows, toUInt64(0) AS earlier, false AS is_earlier FROM {{ day }}
        UNION ALL
        SELECT date, 'events', events, 0, false FROM {{ source }}
        UNION ALL
        -- A published day stands beside the same weekday of the eight weeks after it.
        SELECT date + arrayJoin([7, 14, 21, 28, 35, 42, 49, 56]), published.1, 0, published.2, true
        FROM (SELECT date, arrayJoin([('rows', rows), ('events', source_rows)]) AS published FROM {{ days }})
    )
    WHERE date IN {{ partitions }}
    GROUP BY date, what
)
WHERE weeks >= 3 AND found * 100 < median * {{ thin_day_percent }}
{% endif %}
