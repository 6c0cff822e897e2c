-- How many rows the sources have of each day; on all shards of theirs, as in decode-slice.sql.
SELECT toString(e.date) AS date, count() AS rows FROM {{ llm_events }} AS e GROUP BY e.date SETTINGS skip_unavailable_shards = 0
