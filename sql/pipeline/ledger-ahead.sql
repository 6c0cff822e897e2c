-- Of some days, whose ledger is ahead of the clock, which has gone back: the moment after its last row.
SELECT toString(l.date) AS date, toString(max(l.recorded_at) + toIntervalMicrosecond(1)) AS next
FROM {{ ledger }} AS l
WHERE l.date IN ({days:Array(Date)})
GROUP BY l.date
HAVING max(l.recorded_at) >= now64(6, 'UTC')
