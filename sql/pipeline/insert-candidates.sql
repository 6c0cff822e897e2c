-- One partition: all its templates, and the recount of its source, from one snapshot.
INSERT INTO {{ candidates }} (token, date, team_id, metric_name, metric_value, template, events, duplicates, fingerprint, max_ingested_at)
SELECT
    {token:String} AS token,
    date, team_id, metric_name, metric_value, template,
    toUInt64(0) AS events, toUInt64(0) AS duplicates, toUInt64(0) AS fingerprint, toDateTime64(0, 6, 'UTC') AS max_ingested_at
FROM
(
{{ metrics }}
)
UNION ALL
SELECT
    {token:String} AS token,
    {partition:Date} AS date, counted_team AS team_id, counted_event AS metric_name, toFloat64(0) AS metric_value, '' AS template,
    count() AS events, toUInt64(sum(deliveries) - count()) AS duplicates, sum(cityHash64(counted_id)) AS fingerprint, max(ingested) AS max_ingested_at
FROM
(
    SELECT
        toUInt64(team_id) AS counted_team,
        toString(event) AS counted_event,
        event_id AS counted_id,
        count() AS deliveries,
        max(ingested_at) AS ingested
    FROM {{ llm_events }}
    GROUP BY counted_team, counted_event, counted_id
)
GROUP BY counted_team, counted_event
