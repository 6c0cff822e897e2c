-- The states of one month's days, and how many each run has. They become current with the markers of the metrics, which are
-- accepted after them: a part of them alone is nobody's. A count that is not the verified one means that they were lost.
INSERT INTO {{ state_versions }} (date, team_id, metric_name, total, digest, sketch, calls, errors, template, version, run, rows)
SELECT
    c.date,
    c.team_id,
    c.metric_name,
    c.total,
    c.digest,
    c.sketch,
    c.calls,
    c.errors,
    c.template,
    transform(c.token, {tokens:Array(String)}, {versions:Array(UInt64)}, toUInt64(0)),
    cityHash64({token:String}, c.date, toString(c.template)),
    0
FROM {{ candidate_states }} AS c
WHERE c.token IN ({tokens:Array(String)}) {{ but_overtaken }}
UNION ALL
SELECT toDate(marker.1), 0, '', '', '', '', map(), map(), marker.2, marker.3, cityHash64({token:String}, toDate(marker.1), marker.2), marker.4
FROM (SELECT arrayJoin({markers:Array(Tuple(String, String, UInt64, UInt64))}) AS marker)
WHERE throwIf(
    (
        SELECT arraySort(groupArray((token, of, n)))
        FROM
        (
            SELECT c.token AS token, toString(c.template) AS of, count() AS n
            FROM {{ candidate_states }} AS c
            WHERE c.token IN ({tokens:Array(String)}) {{ but_overtaken }}
            GROUP BY token, of
        )
    ) != arraySort({counts:Array(Tuple(String, String, UInt64))}),
    'llma: states were lost') = 0
