-- All that the ledger has of a day, in order: with the runs of each row's templates, and those that had become visible.
SELECT
    toString(l.status) AS status,
    mapKeys(l.templates) AS names,
    arrayMap(name -> cityHash64(l.token, l.date, name), mapKeys(l.templates)) AS own_runs,
    l.runs AS visible_runs
FROM {{ ledger }} AS l
WHERE l.date = {date:Date}
ORDER BY l.recorded_at
