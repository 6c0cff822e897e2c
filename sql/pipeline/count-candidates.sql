-- What executions have written: rows by token and template, and under '' the recount of their source. `tokens` have computed `dates`.
WITH transform(c.token, {tokens:Array(String)}, {dates:Array(Date)}, toDate(0)) AS day
SELECT
    c.token AS token,
    toString(c.template) AS template,
    count() AS rows,
    countIf(metric_name = '') AS nameless,
    countIf(c.date != day) AS elsewhere,
    toString(anyIf(c.date, c.date != day)) AS other_day,
    sum(events) AS source_rows,
    sum(duplicates) AS source_duplicates,
    sum(fingerprint) AS source_fingerprint,
    max(max_ingested_at) AS source_max_ingested_at,
    uniqExactIf(team_id, c.template = '' AND events > 0) AS source_teams,
    sum(not_understood) AS source_not_understood
FROM {{ candidates }} AS c
WHERE c.token IN ({tokens:Array(String)})
GROUP BY c.token, c.template
ORDER BY c.token, c.template
