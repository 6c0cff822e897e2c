-- The LLM events of a chunk's days, decoded once, for one attempt. Its comment names the workflow that it belongs to.
CREATE TABLE {{ slice }}
(
{{ columns }}
)
ENGINE = {{ engine }}
COMMENT {{ comment }}
