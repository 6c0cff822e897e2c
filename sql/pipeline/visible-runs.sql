-- Of each day of a month: the runs that the ledger last said to be visible, and the moment after all that it says.
SELECT
    toString(l.date) AS date,
    argMaxIf(l.runs, l.recorded_at, l.status = 'published') AS runs,
    toString(max(l.recorded_at) + toIntervalMicrosecond(1)) AS next
FROM {{ ledger }} AS l
WHERE l.date >= {from:Date} AND l.date < {to:Date}
GROUP BY l.date
