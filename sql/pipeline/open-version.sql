-- The snapshot of a computation: the server's clock just before the source is read.
-- Its version is later than every one that the day has, so a clock that goes back blocks nobody.
SELECT
    toUnixTimestamp64Micro(now64(6)) AS snapshot,
    greatest(toUInt64(snapshot), (SELECT max(version) + 1 FROM {{ versions }} WHERE date = {partition:Date} AND team_id = 0 AND metric_name = '')) AS version
