-- The states of every accepted run, and how many it has (team_id = 0, metric_name = ''). Which run is current, the markers of the metrics say.
-- It takes the place of 000008.
CREATE TABLE IF NOT EXISTS {{ mergeable_versions }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String,
    total LowCardinality(String),
    digest String CODEC(NONE),
    sketch String CODEC(NONE),
    calls Map(String, UInt64),
    errors Map(String, UInt64),
    template LowCardinality(String),
    version UInt64 COMMENT 'microseconds of the snapshot',
    run UInt64 COMMENT 'cityHash64(token, date, template)',
    rows UInt64 COMMENT 'of a marker: states of the run',
    checksum UInt64 MATERIALIZED cityHash64(total, digest, sketch, calls, errors)
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(date)
ORDER BY (team_id, date, metric_name, version)
