SELECT concat('template ', template, ' returned ', toString(count()), ' rows of ', toString(date), ', which is another day') AS message
FROM {{ candidates }}
WHERE date != {partition:Date}
GROUP BY template, date
