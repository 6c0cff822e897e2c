-- Everything that the sources have of some days, with what was not understood and what is left out: their columns are the slice's, in its order.
-- A table may say that it can do without shards that are away. Only a query that says otherwise itself is heard: not the connection's settings.
INSERT INTO {{ slice }} ({{ columns }}) SETTINGS skip_unavailable_shards = 0
{{ llm_events }}
