-- The states of one month's days, and how many each run has. They become current with the markers of the metrics, which are
-- accepted after them: a part of them alone is nobody's. A count that is not the verified one means that they were lost.
INSERT INTO {{ state_versions }} (date, team_id, metric_name, total, digest, sketch, calls, errors, template, version, run, rows)
SELECT
    s.date,
    s.team_id,
    s.metric_name,
    s.total,
    s.digest,
    s.sketch,
    s.calls,
    s.errors,
    s.template,
    transform(toString(s.date), {days:Array(String)}, {versions:Array(UInt64)}, toUInt64(0)),
    cityHash64({token:String}, s.date, toString(s.template)),
    0
FROM {{ candidate_states }} AS s
WHERE has(arrayZip({days:Array(String)}, {tokens:Array(String)}), (toString(s.date), s.token))
  AND (toString(s.date), toString(s.template)) NOT IN ({overtaken:Array(Tuple(String, String))})
UNION ALL
SELECT
    toDate(marker.1),
    0,
    '',
    '',
    '',
    '',
    map(),
    map(),
    marker.2,
    marker.3,
    cityHash64({token:String}, toDate(marker.1), marker.2),
    marker.4 + throwIf(
        (
            SELECT arraySort(groupArray((day, of, n)))
            FROM
            (
                SELECT toString(date) AS day, toString(template) AS of, count() AS n
                FROM {{ candidate_states }}
                WHERE has(arrayZip({days:Array(String)}, {tokens:Array(String)}), (toString(date), token))
                  AND (toString(date), toString(template)) NOT IN ({overtaken:Array(Tuple(String, String))})
                GROUP BY day, of
            )
        ) != arraySort(arrayMap(m -> (m.1, m.2, m.4), {markers:Array(Tuple(String, String, UInt64, UInt64))})),
        'llma: states were lost')
FROM (SELECT arrayJoin({markers:Array(Tuple(String, String, UInt64, UInt64))}) AS marker)
