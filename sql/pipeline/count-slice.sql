-- What a slice has of each day. Where all events of a team have hashes of their own, none is there twice, and these are the source's numbers too;
-- where not, count-repeated.sql says. What is left out counts only as not understood. By team first: small sets of hashes are filled twice as fast.
SELECT
    toString(c.day) AS date,
    sum(deliveries) AS all_rows,
    sum(seen) AS rows,
    sum(sum_of_ids) AS checksum,
    rows AS source_rows,
    all_rows - sum(ids) AS repeated,
    countIf(seen > 0) AS teams,
    sum(unread) AS not_understood,
    max(ingested) AS max_ingested_at
FROM
(
    SELECT
        e.date AS day,
        e.team_id AS team,
        count() AS deliveries,
        countIf(NOT e.left_out) AS seen,
        sumIf(cityHash64(e.event_id), NOT e.left_out) AS sum_of_ids,
        uniqExact(cityHash64(e.event_id)) AS ids,
        countIf(e.left_out OR e.not_understood) AS unread,
        maxIf(e.ingested_at, NOT e.left_out) AS ingested
    FROM {{ slice }} AS e
    GROUP BY day, team
) AS c
GROUP BY c.day
