-- The append-only truth: the rows of every accepted run, and its marker (team_id = 0, metric_name = '', metric_value = number of rows).
CREATE TABLE IF NOT EXISTS {{ versions }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String,
    metric_value Float64,
    template LowCardinality(String),
    version UInt64 COMMENT 'microseconds of the snapshot',
    run UInt64 COMMENT 'cityHash64(token, date, template)'
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(date)
ORDER BY (team_id, date, metric_name, version)
