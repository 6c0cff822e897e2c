-- What the slice has of partitions while their metrics are computed, by day, team and event.
SELECT
    transform(e.date, {dates:Array(Date)}, {tokens:Array(String)}, {elsewhere:String}) AS token,
    e.date AS date, e.team_id AS team_id, toString(e.event) AS metric_name, toFloat64(0) AS metric_value, '' AS template,
    countIf(NOT e.left_out) AS events, toUInt64(0) AS duplicates,
    sumIf(cityHash64(e.event_id), NOT e.left_out) AS fingerprint, maxIf(e.ingested_at, NOT e.left_out) AS max_ingested_at,
    countIf(e.left_out OR e.not_understood) AS not_understood
FROM {{ llm_events }} AS e
GROUP BY e.date, e.team_id, e.event
