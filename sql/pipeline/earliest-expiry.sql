-- When the first of a partition's rows expires by a TTL: its expression for every minute of the partition, and its last microsecond.
-- Each column of the TTL that is a time is taken to be the event's own.
SELECT toUnixTimestamp64Micro(toDateTime64(min({{ expression }}), 6)) AS at
FROM
(
    SELECT {{ columns }}
    FROM
    (
        SELECT least(toDateTime64({partition:Date}, 6, 'UTC') + toIntervalMinute(number), toDateTime64({partition:Date} + 1, 6, 'UTC') - toIntervalMicrosecond(1)) AS llma_instant
        FROM numbers(1441)
    )
)
