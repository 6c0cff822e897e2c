-- The snapshot of a chunk: the server's clock just before the source is read, and each day's version of it.
-- It is later than every version that the day has, so a clock that goes back blocks nobody.
-- Of two computations that are open at once, the one that was opened later counts, by the order (version, snapshot): its snapshot is
-- greater, and its version no smaller, as neither the clock nor the greatest version that the day has was smaller when it was opened. That
-- holds whatever is accepted between the two, and also where the clock passes the greatest version there. The version alone would not do:
-- while the clock is behind, both have the greatest one + 1, and any other rule would have to find a number for each moment of that time
-- between the greatest version and what the clock says right after it.
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
