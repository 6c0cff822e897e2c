-- One delivery of each event, of the days on which some were delivered more than once; the other days as they are. It is the one that was
-- ingested last; of several at the same moment one that says error, or was not understood, and else always the same one.
INSERT INTO {{ slice }} ({{ columns }})
SELECT {{ columns }}
FROM {{ decoded }} AS e
WHERE NOT has({days:Array(Date)}, e.date)
   OR (e.date, e.team_id, e.event, e.event_id, e.left_out) NOT IN
      (
          SELECT d.date, d.team_id, d.event, d.event_id, d.left_out
          FROM {{ decoded }} AS d
          WHERE has({days:Array(Date)}, d.date)
          GROUP BY d.date, d.team_id, d.event, d.event_id, d.left_out
          HAVING count() > 1
      )
UNION ALL
SELECT {{ columns }}
FROM
(
    SELECT *
    FROM {{ decoded }} AS e
    WHERE has({days:Array(Date)}, e.date)
      AND (e.date, e.team_id, e.event, e.event_id, e.left_out) IN
      (
          SELECT d.date, d.team_id, d.event, d.event_id, d.left_out
          FROM {{ decoded }} AS d
          WHERE has({days:Array(Date)}, d.date)
          GROUP BY d.date, d.team_id, d.event, d.event_id, d.left_out
          HAVING count() > 1
      )
    ORDER BY ingested_at DESC, is_error DESC, not_understood DESC, toString(tuple(*))
    LIMIT 1 BY date, team_id, event, event_id, left_out
)
