-- The snapshot of a chunk: the server's clock just before the source is read, and each day's version of it.
-- It is later than every version that the day has, so a clock that goes back blocks nobody.
SELECT
    toString(d.day) AS date,
    toUnixTimestamp64Micro(now64(6)) AS snapshot,
    greatest(toUInt64(snapshot), before.version + 1) AS version
FROM (SELECT arrayJoin({days:Array(Date)}) AS day) AS d
LEFT JOIN
(
    SELECT v.date AS day, max(v.version) AS version
    FROM {{ versions }} AS v
    WHERE has({days:Array(Date)}, v.date) AND v.team_id = 0 AND v.metric_name = ''
    GROUP BY v.date
) AS before ON before.day = d.day
