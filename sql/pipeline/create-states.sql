-- States of one attempt at a chunk, beside its candidates. A state belongs to one execution: its token.
CREATE TABLE IF NOT EXISTS {{ candidate_states }}
(
    token String,
    date Date,
    team_id UInt64,
    metric_name String,
    total LowCardinality(String),
    digest String,
    sketch String,
    calls Map(String, UInt64),
    errors Map(String, UInt64),
    template LowCardinality(String)
)
ENGINE = Memory
COMMENT {{ comment }}
