-- Candidates and their markers of one month's days, as one block: there wholly or not at all. A token is one execution's, and so one day's.
-- A token and template whose count is not the verified one means that candidates were lost (a Memory table comes back empty): nothing is accepted.
INSERT INTO {{ versions }} (date, team_id, metric_name, metric_value, template, version, snapshot, run)
SELECT
    c.date,
    c.team_id,
    c.metric_name,
    c.metric_value,
    c.template,
    transform(c.token, {tokens:Array(String)}, {versions:Array(UInt64)}, toUInt64(0)),
    toUInt64(0),
    cityHash64({token:String}, c.date, toString(c.template))
FROM {{ candidates }} AS c
WHERE c.template != '' AND c.token IN ({tokens:Array(String)}) {{ but_overtaken }}
UNION ALL
SELECT toDate(marker.1), 0, '', toFloat64(marker.4), marker.2, marker.3, marker.5, cityHash64({token:String}, toDate(marker.1), marker.2)
FROM (SELECT arrayJoin({markers:Array(Tuple(String, String, UInt64, UInt64, UInt64))}) AS marker)
WHERE throwIf(
    (
        SELECT arraySort(groupArray((token, of, n)))
        FROM
        (
            SELECT c.token AS token, toString(c.template) AS of, count() AS n
            FROM {{ candidates }} AS c
            WHERE c.template != '' AND c.token IN ({tokens:Array(String)}) {{ but_overtaken }}
            GROUP BY token, of
        )
    ) != arraySort({counts:Array(Tuple(String, String, UInt64))}),
    'llma: candidates were lost') = 0
