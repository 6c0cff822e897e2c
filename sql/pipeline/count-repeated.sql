-- What a slice has of each day, and the source's numbers, where some events may have been delivered more than once: those of distinct events.
-- What is left out counts only as not understood.
SELECT
    toString(c.date) AS date,
    sum(deliveries) AS all_rows,
    sumIf(deliveries, NOT excluded) AS rows,
    sumIf(checksum, NOT excluded) AS checksum,
    sumIf(distinct_events, NOT excluded) AS source_rows,
    all_rows - sum(distinct_events) AS repeated,
    uniqExactIf(team, NOT excluded) AS teams,
    sum(if(excluded, deliveries, unread)) AS not_understood,
    maxIf(ingested, NOT excluded) AS max_ingested_at
FROM
(
    SELECT
        e.date AS date,
        e.team_id AS team,
        e.event AS kind,
        e.left_out AS excluded,
        count() AS deliveries,
        uniqExact(e.event_id) AS distinct_events,
        sum(cityHash64(e.event_id)) AS checksum,
        countIf(e.not_understood) AS unread,
        max(e.ingested_at) AS ingested
    FROM {{ slice }} AS e
    GROUP BY date, team, kind, excluded
) AS c
GROUP BY c.date
