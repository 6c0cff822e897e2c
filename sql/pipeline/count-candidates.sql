-- What one execution has written: rows by template, and under '' the recount of its source.
SELECT
    toString(c.template) AS template,
    count() AS rows,
    countIf(metric_name = '') AS nameless,
    countIf(c.date != {partition:Date}) AS elsewhere,
    toString(anyIf(c.date, c.date != {partition:Date})) AS other_day,
    sum(events) AS source_rows,
    sum(duplicates) AS source_duplicates,
    sum(fingerprint) AS source_fingerprint,
    max(max_ingested_at) AS source_max_ingested_at,
    uniqExactIf(team_id, c.template = '' AND events > 0) AS source_teams,
    sum(not_understood) AS source_not_understood
FROM {{ candidates }} AS c
WHERE token = {token:String}
GROUP BY c.template
ORDER BY c.template
