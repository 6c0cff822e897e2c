-- Processor time that the queries of other users have taken so far, by the server's clock, and the threads that one of ours would have.
SELECT
    sum(p.ProfileEvents['OSCPUVirtualTimeMicroseconds']) AS busy,
    toUnixTimestamp64Micro(now64(6)) AS at,
    -- A number, or auto(4).
    toUInt32OrZero(extract(toString(getSetting('max_threads')), '[0-9]+')) AS threads
FROM system.user_processes AS p
WHERE p.user NOT IN (currentUser(), '')
