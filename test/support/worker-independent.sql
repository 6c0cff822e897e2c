-- A day's metrics straight from the raw events: written for the tests alone, with nothing of sql/ in it.
WITH
    JSONExtractRaw(properties, '$ai_is_error') AS flag,
    JSONExtractRaw(properties, '$ai_error') AS error,
    flag IN ('true', '"true"', '1', '"1"') OR error NOT IN ('', 'null', '""', '{}', '[]', 'false') AS failed
SELECT toDate({day:String}) AS date, team, name, value
FROM
(
    SELECT
        toUInt64(team_id) AS team,
        substring(event, 2) AS kind,
        toFloat64(count(DISTINCT uuid)) AS total,
        toFloat64(count(DISTINCT if(failed, uuid, NULL))) AS failures
    FROM events
    WHERE timestamp >= toDateTime64({day:String}, 6, 'UTC') AND timestamp < toDateTime64({day:String}, 6, 'UTC') + INTERVAL 1 DAY
      AND event IN ('$ai_trace', '$ai_generation', '$ai_span', '$ai_embedding')
    GROUP BY team, kind
)
ARRAY JOIN
    [kind || '_count', kind || '_error_rate', kind || '_error_count'] AS name,
    [total, round(failures * 100 / total, 2), failures] AS value
WHERE value > 0 OR endsWith(name, '_error_rate')
ORDER BY team, name
