-- Rows of each staged day.
SELECT '{{ name }}' AS name, toString(t.date) AS date, count() AS rows
FROM {{ staging }} AS t
GROUP BY t.date
