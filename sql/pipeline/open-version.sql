-- The snapshot of a computation, and its version of the day, as in open-versions.sql.
SELECT
    toUnixTimestamp64Micro(now64(6)) AS snapshot,
    greatest(toUInt64(snapshot), (SELECT max(version) + 1 FROM {{ versions }} WHERE date = {partition:Date} AND team_id = 0 AND metric_name = '')) AS version
