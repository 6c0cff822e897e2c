-- One delivery of each event, of the days on which some were delivered more than once; the other days as they are. It is the one that was
-- ingested last; of several at the same moment one that says error, or was not understood, and else always the same one.
-- Only what may be there twice, by a hash of its id alone, is sorted: sorting everything takes ten times as long, and three times the memory.
INSERT INTO {{ slice }} ({{ columns }})
SELECT {{ columns }}
FROM {{ decoded }} AS e
WHERE NOT has({days:Array(Date)}, e.date)
   OR cityHash64(e.event_id) NOT IN
      (
          SELECT cityHash64(d.event_id) AS id
          FROM {{ decoded }} AS d
          WHERE has({days:Array(Date)}, d.date)
          GROUP BY id
          HAVING count() > 1
      )
UNION ALL
SELECT {{ columns }}
FROM
(
    SELECT *
    FROM {{ decoded }} AS e
    WHERE has({days:Array(Date)}, e.date)
      AND cityHash64(e.event_id) IN
      (
          SELECT cityHash64(d.event_id) AS id
          FROM {{ decoded }} AS d
          WHERE has({days:Array(Date)}, d.date)
          GROUP BY id
          HAVING count() > 1
      )
    ORDER BY ingested_at DESC, is_error DESC, not_understood DESC, toString(tuple({{ told_apart }}))
    LIMIT 1 BY date, team_id, event, event_id, left_out
)
