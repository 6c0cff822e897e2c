-- Each day's rows straight from the raw events, written for the campaign alone, as `read.sql` shows them.
WITH counted AS
(
    SELECT
        toDate(e.timestamp, 'UTC') AS date,
        e.team_id AS team,
        substring(e.event, 2) AS kind,
        toFloat64(count(DISTINCT e.uuid)) AS total,
        toFloat64(count(DISTINCT if(position(e.properties, '"$ai_is_error":true') > 0, e.uuid, NULL))) AS failed
    FROM events AS e
    GROUP BY date, team, kind
),
metrics AS
(
    SELECT date, team, name, value
    FROM counted
    ARRAY JOIN
        [kind || '_count', kind || '_error_rate', kind || '_error_count'] AS name,
        [total, round(failed * 100 / total, 2), failed] AS value
    WHERE value > 0 OR endsWith(name, '_error_rate')
    UNION ALL
    SELECT date, team, 'slow_events', sum(total) FROM counted GROUP BY date, team
)
SELECT
    toString(m.date) AS day,
    arrayStringConcat(arraySort(groupArray(concat(toString(m.team), ' ', m.name, ' ', toString(m.value)))), '\n') AS text
FROM metrics AS m
GROUP BY m.date
