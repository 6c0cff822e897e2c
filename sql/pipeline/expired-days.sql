-- Those of some days of which the ledger last said that their source rows have expired, with the server's clock.
SELECT toString(s.date) AS date, toUnixTimestamp64Micro(now64(6)) AS now
FROM {{ status }} AS s
WHERE toString(s.date) IN ({days:Array(String)}) AND s.last_attempt_status = 'expired'
