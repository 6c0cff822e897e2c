-- By month: the superseded runs that are older than so many days.
SELECT toYYYYMM(v.date) AS month, count() AS rows, groupUniqArray(v.run) AS runs
FROM {{ versions }} AS v
WHERE v.version < toUInt64(toUnixTimestamp64Micro(now64(6) - toIntervalDay({days:UInt32})))
  AND v.run NOT IN
  (
      SELECT argMax(m.run, (m.version, m.run))
      FROM {{ versions }} AS m
      WHERE m.team_id = 0 AND m.metric_name = ''
      GROUP BY m.date, m.template
  )
GROUP BY month
ORDER BY month
