-- All that the ledger has of some days, in order: with the runs of each row's templates, and those that had become visible.
SELECT
    l.date AS day,
    toString(l.status) AS status,
    mapKeys(l.templates) AS names,
    arrayMap(name -> cityHash64(l.token, l.date, name), mapKeys(l.templates)) AS own_runs,
    l.runs AS visible_runs
FROM {{ ledger }} AS l
WHERE l.date BETWEEN {from:Date} AND {to:Date}
ORDER BY l.date, l.recorded_at
