-- One partition: all its templates, and the recount of what they read, from one snapshot; from all shards of theirs, as in decode-slice.sql.
INSERT INTO {{ candidates }} (token, date, team_id, metric_name, metric_value, template, events, duplicates, fingerprint, max_ingested_at, not_understood)
SETTINGS skip_unavailable_shards = 0
SELECT
    {token:String} AS token,
    date, team_id, metric_name, metric_value, template,
    toUInt64(0) AS events, toUInt64(0) AS duplicates, toUInt64(0) AS fingerprint, toDateTime64(0, 6, 'UTC') AS max_ingested_at,
    toUInt64(0) AS not_understood
FROM
(
{{ metrics }}
)
UNION ALL
{{ recount }}
