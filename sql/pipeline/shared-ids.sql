-- An id that events of several sources of a slice have, with the number of such ids, where there is one.
-- Only what may be there twice, by a hash of its id alone, is grouped, as in deduplicate-slice.sql.
SELECT
    any(id) AS id,
    any(team) AS team_id,
    sources,
    count() AS ids
FROM
(
    SELECT e.event_id AS id, e.team_id AS team, arraySort(groupUniqArray(toString(e.source))) AS sources
    FROM {{ decoded }} AS e
    WHERE cityHash64(e.event_id) IN
    (
        SELECT cityHash64(d.event_id) AS hash
        FROM {{ decoded }} AS d
        GROUP BY hash
        HAVING uniqExact(d.source) > 1
    )
    GROUP BY e.date, team, e.event, id
    HAVING length(sources) > 1
)
GROUP BY sources
ORDER BY ids DESC, sources
LIMIT 1
