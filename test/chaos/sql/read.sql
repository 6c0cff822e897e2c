-- What a reader sees of each day, in one query: a line for each row.
SELECT
    toString(t.date) AS day,
    arrayStringConcat(arraySort(groupArray(concat(toString(t.team_id), ' ', t.metric_name, ' ', toString(t.metric_value)))), '\n') AS text
FROM llma_metrics_daily AS t
GROUP BY t.date
