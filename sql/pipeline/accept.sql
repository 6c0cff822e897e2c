-- Candidates and their markers of one month's days, as one block: there wholly or not at all.
-- A day and template whose count is not the verified one means that candidates were lost (a Memory table comes back empty): nothing is accepted.
-- Templates that were overtaken under another name are left out.
INSERT INTO {{ versions }} (date, team_id, metric_name, metric_value, template, version, snapshot, run)
SELECT
    c.date,
    c.team_id,
    c.metric_name,
    c.metric_value,
    c.template,
    transform(toString(c.date), {days:Array(String)}, {versions:Array(UInt64)}, toUInt64(0)),
    toUInt64(0),
    cityHash64({token:String}, c.date, toString(c.template))
FROM {{ candidates }} AS c
WHERE c.template != '' AND has(arrayZip({days:Array(String)}, {tokens:Array(String)}), (toString(c.date), c.token))
  AND (toString(c.date), toString(c.template)) NOT IN ({overtaken:Array(Tuple(String, String))})
UNION ALL
SELECT
    toDate(marker.1),
    0,
    '',
    toFloat64(marker.4) + throwIf(
        (
            SELECT arraySort(groupArray((day, of, rows)))
            FROM
            (
                SELECT toString(date) AS day, toString(template) AS of, count() AS rows
                FROM {{ candidates }}
                WHERE template != '' AND has(arrayZip({days:Array(String)}, {tokens:Array(String)}), (toString(date), token))
                  AND (toString(date), toString(template)) NOT IN ({overtaken:Array(Tuple(String, String))})
                GROUP BY day, of
            )
        ) != arraySort(arrayMap(m -> (m.1, m.2, m.4), arrayFilter(m -> m.4 > 0, {markers:Array(Tuple(String, String, UInt64, UInt64, UInt64))}))),
        'llma: candidates were lost'),
    marker.2,
    marker.3,
    marker.5,
    cityHash64({token:String}, toDate(marker.1), marker.2)
FROM (SELECT arrayJoin({markers:Array(Tuple(String, String, UInt64, UInt64, UInt64))}) AS marker)
