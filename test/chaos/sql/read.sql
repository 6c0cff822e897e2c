-- What a reader sees of each day, in one query: a line for each row. States are a day of their own, `2026-01-01 states`, and say
-- the same as rows do: their table is swapped by itself.
SELECT
    toString(t.date) AS day,
    arrayStringConcat(arraySort(groupArray(concat(toString(t.team_id), ' ', t.metric_name, ' ', toString(t.metric_value)))), '\n') AS text
FROM llma_metrics_daily AS t
GROUP BY t.date
UNION ALL
SELECT
    concat(toString(s.date), ' states') AS day,
    arrayStringConcat(arraySort(arrayFlatten(groupArray(arrayConcat(
        [concat(toString(s.team_id), ' ', s.metric_name, ' ', toString(arraySum(mapValues(s.calls))))],
        arrayFlatten(arrayMap((kind, events) -> arrayConcat(
            [
                concat(toString(s.team_id), ' ', kind, '_count ', toString(events)),
                concat(toString(s.team_id), ' ', kind, '_error_rate ', toString(round(s.errors[kind] * 100 / events, 2)))
            ],
            if(s.errors[kind] > 0, [concat(toString(s.team_id), ' ', kind, '_error_count ', toString(s.errors[kind]))], [])
        ), mapKeys(s.calls), mapValues(s.calls)))
    )))), '\n') AS text
FROM llma_metrics_states AS s
GROUP BY s.date
