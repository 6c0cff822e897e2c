DELETE FROM {{ versions }}
WHERE toYYYYMM(date) = {month:UInt32}
  AND version < toUInt64(toUnixTimestamp64Micro(now64(6) - toIntervalDay({days:UInt32})))
  AND run NOT IN
  (
      SELECT argMax(run, (version, run))
      FROM {{ versions }}
      WHERE team_id = 0 AND metric_name = '' AND toYYYYMM(date) = {month:UInt32}
      GROUP BY date, template
  )
