-- What a slice has of each day. Where all its events have hashes of their own, none is there twice, and these are the source's numbers too;
-- where not, count-repeated.sql says. What is left out counts only as not understood.
SELECT
    toString(e.date) AS date,
    count() AS all_rows,
    countIf(NOT e.left_out) AS rows,
    sumIf(cityHash64(e.event_id), NOT e.left_out) AS checksum,
    rows AS source_rows,
    count() - uniqExact(cityHash64(e.event_id)) AS repeated,
    uniqExactIf(e.team_id, NOT e.left_out) AS teams,
    countIf(e.left_out OR e.not_understood) AS not_understood,
    maxIf(e.ingested_at, NOT e.left_out) AS max_ingested_at
FROM {{ slice }} AS e
GROUP BY e.date
