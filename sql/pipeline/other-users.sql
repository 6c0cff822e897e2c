-- Processor time that the queries of other users have taken so far, by the server's clock, and the threads that one of ours would have.
SELECT
    sum(p.ProfileEvents['OSCPUVirtualTimeMicroseconds']) AS busy,
    toUnixTimestamp64Micro(now64(6)) AS at,
    toUInt32(getSetting('max_threads')) AS threads
FROM system.user_processes AS p
WHERE p.user NOT IN (currentUser(), '')
