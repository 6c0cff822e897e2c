-- warning: A day has not far fewer rows or events than the same weekday of the weeks before.
{% if thin_day_percent > 0 %}
SELECT concat('the day has ', toString(found), ' ', what, ', the median of ', toString(length(earlier)), ' earlier ', dateName('weekday', toDate('{{ partition }}')), 's is ', toString(round(arrayReduce('quantileExactInclusive(0.5)', earlier)))) AS message
FROM
(
    SELECT 'rows' AS what, count() AS found, (SELECT groupArray(rows) FROM {{ days }} WHERE toDayOfWeek(date) = toDayOfWeek(toDate('{{ partition }}'))) AS earlier
    FROM {{ day }}
    UNION ALL
    SELECT 'events', sum(events), (SELECT groupArray(source_rows) FROM {{ days }} WHERE toDayOfWeek(date) = toDayOfWeek(toDate('{{ partition }}')))
    FROM {{ source }}
)
WHERE length(earlier) >= 3 AND found * 100 < arrayReduce('quantileExactInclusive(0.5)', earlier) * {{ thin_day_percent }}
{% endif %}
