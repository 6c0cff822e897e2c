-- What the source has of a partition while its metrics are computed, by team and event.
-- An event that is left out has no part in any number but that of the events not understood.
SELECT
    {elsewhere:String} AS token,
    {dates:Array(Date)}[1] AS date, counted_team AS team_id, counted_event AS metric_name, toFloat64(0) AS metric_value, '' AS template,
    countIf(NOT excluded) AS events, toUInt64(sumIf(deliveries - 1, NOT excluded)) AS duplicates,
    sumIf(cityHash64(counted_id), NOT excluded) AS fingerprint, maxIf(ingested, NOT excluded) AS max_ingested_at,
    countIf(excluded OR unread) AS not_understood
FROM
(
    SELECT
        toUInt64(team_id) AS counted_team,
        toString(event) AS counted_event,
        event_id AS counted_id,
        left_out AS excluded,
        max(not_understood) AS unread,
        count() AS deliveries,
        max(ingested_at) AS ingested
    FROM {{ llm_events }}
    GROUP BY counted_team, counted_event, counted_id, excluded
)
GROUP BY counted_team, counted_event
