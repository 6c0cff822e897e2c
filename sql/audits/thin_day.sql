-- warning: A day has not far fewer rows or events than the same weekday of the weeks before.
{% if thin_day_percent > 0 %}
SELECT concat('the day has ', toString(found), ' ', what, ', the median of ', toString(length(earlier)), ' earlier ', dateName('weekday', toDate('{{ partition }}')), 's is ', toString(round(median))) AS message
FROM
(
    SELECT
        measure.1 AS what,
        measure.2 AS found,
        measure.3 AS earlier,
        arrayReduce('quantileExactInclusive(0.5)', measure.3) AS median
    FROM
    (
        SELECT arrayJoin([
            ('rows', (SELECT count() FROM {{ day }}), (SELECT groupArray(rows) FROM {{ days }} WHERE toDayOfWeek(date) = toDayOfWeek(toDate('{{ partition }}')))),
            ('events', (SELECT sum(events) FROM {{ source }}), (SELECT groupArray(source_rows) FROM {{ days }} WHERE toDayOfWeek(date) = toDayOfWeek(toDate('{{ partition }}'))))
        ]) AS measure
    )
)
WHERE length(earlier) >= 3 AND found * 100 < median * {{ thin_day_percent }}
{% endif %}
