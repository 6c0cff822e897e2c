-- Distinct events and their fingerprint by day, as the ledger counts them; on all shards of theirs, as in decode-slice.sql.
SELECT toString(e.date) AS date, count() AS rows, sum(cityHash64(event_id)) AS fingerprint
FROM (SELECT date, team_id, event, event_id FROM {{ llm_events }} GROUP BY date, team_id, event, event_id) AS e
GROUP BY e.date
SETTINGS skip_unavailable_shards = 0
