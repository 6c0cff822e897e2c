SELECT concat('template ', template, ' returned ', toString(count()), ' rows with an empty metric_name') AS message
FROM {{ candidates }}
WHERE metric_name = ''
GROUP BY template
