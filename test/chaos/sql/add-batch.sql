-- One event of every team and kind, on one day, as one block. The same batch again is the same events.
INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id)
SELECT
    reinterpretAsUUID(sipHash128({day:String}, {batch:UInt32}, team, kind)),
    concat('$', kind),
    if({error:Bool}, '{"$ai_is_error":true}', '{}'),
    toDateTime64({day:String}, 6, 'UTC') + toIntervalSecond(intHash32({batch:UInt32}) % 86400),
    team,
    'chaos'
FROM (SELECT arrayJoin({teams:Array(UInt32)}) AS team, arrayJoin({kinds:Array(String)}) AS kind)
