-- States of one attempt at a chunk, beside its candidates. A state belongs to one execution: its token.
CREATE TABLE IF NOT EXISTS {{ candidate_states }}
(
    token String,
    date Date,
    team_id UInt64,
    metric_name String,
    quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64),
    uniques AggregateFunction(uniqCombined64, String),
    template LowCardinality(String)
)
ENGINE = Memory
COMMENT {{ comment }}
