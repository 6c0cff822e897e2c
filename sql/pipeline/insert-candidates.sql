-- Partitions: all their templates, and the recount of what they read, from one snapshot; from all shards of theirs, as in decode-slice.sql.
-- `tokens` belong to `dates`; rows of other days get the token `elsewhere`.
INSERT INTO {{ candidates }} (token, date, team_id, metric_name, metric_value, template, events, duplicates, fingerprint, max_ingested_at, not_understood)
SETTINGS skip_unavailable_shards = 0
SELECT
    transform(date, {dates:Array(Date)}, {tokens:Array(String)}, {elsewhere:String}) AS token,
    date, team_id, metric_name, metric_value, template,
    toUInt64(0) AS events, toUInt64(0) AS duplicates, toUInt64(0) AS fingerprint, toDateTime64(0, 6, 'UTC') AS max_ingested_at,
    toUInt64(0) AS not_understood
FROM
(
{{ metrics }}
)
UNION ALL
{{ recount }}
