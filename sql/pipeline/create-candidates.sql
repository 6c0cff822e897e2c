-- Candidates of one attempt at a chunk. A row belongs to one execution: its token.
-- Rows of template '' are the recount: the source's own numbers by team and event, read in the same query.
CREATE TABLE {{ candidates }}
(
    token String,
    date Date,
    team_id UInt64,
    metric_name String,
    metric_value Float64,
    template LowCardinality(String),
    events UInt64,
    duplicates UInt64,
    fingerprint UInt64,
    max_ingested_at DateTime64(6, 'UTC'),
    not_understood UInt64 DEFAULT 0
)
ENGINE = Memory
COMMENT {{ comment }}
