-- Applications that record their LLM operations: they add events, and read nothing.
CREATE ROLE IF NOT EXISTS {{ role }} {{ on_cluster }};

GRANT {{ on_cluster }} INSERT ON {{ source_database }}.events TO {{ role }};
