-- Of each day of a month: the runs that the ledger last said to be visible.
SELECT toString(l.date) AS date, argMax(l.runs, l.recorded_at) AS runs
FROM {{ ledger }} AS l
WHERE status = 'published' AND l.date >= {from:Date} AND l.date < {to:Date}
GROUP BY l.date
