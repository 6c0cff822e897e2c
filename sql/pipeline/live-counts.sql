-- The source as it is now: distinct events by team and count metric; on all shards of theirs, as in decode-slice.sql.
SELECT concat(toString(team_id), ' ', substring(toString(event), 2), '_count') AS key, uniqExact(event_id) AS events
FROM {{ llm_events }}
WHERE NOT left_out
GROUP BY key
SETTINGS skip_unavailable_shards = 0
