-- By month: the superseded runs that are older than so many days. Of states at least a day: until their metrics are accepted,
-- they look like superseded ones.
SELECT 'versions' AS swept, toYYYYMM(v.date) AS month, count() AS rows, groupUniqArray(v.run) AS runs
FROM {{ versions }} AS v
WHERE v.version < toUInt64(toUnixTimestamp64Micro(now64(6) - toIntervalDay({days:UInt32})))
  AND v.run NOT IN
  (
      SELECT argMax(m.run, (m.version, m.snapshot, m.run))
      FROM {{ versions }} AS m
      WHERE m.team_id = 0 AND m.metric_name = ''
      GROUP BY m.date, m.template
  )
GROUP BY month
UNION ALL
SELECT 'state_versions' AS swept, toYYYYMM(s.date) AS month, count() AS rows, groupUniqArray(s.run) AS runs
FROM {{ state_versions }} AS s
WHERE s.version < toUInt64(toUnixTimestamp64Micro(now64(6) - toIntervalDay(greatest({days:UInt32}, 1))))
  AND s.run NOT IN
  (
      SELECT argMax(m.run, (m.version, m.snapshot, m.run))
      FROM {{ versions }} AS m
      WHERE m.team_id = 0 AND m.metric_name = ''
      GROUP BY m.date, m.template
  )
GROUP BY month
