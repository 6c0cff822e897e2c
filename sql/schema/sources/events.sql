-- The source table of the original pipeline, for a fresh installation.
CREATE TABLE IF NOT EXISTS `{{ source_database }}`.events {{ on_cluster }}
(
    uuid UUID,
    event String,
    properties String,
    timestamp DateTime64(6, 'UTC'),
    team_id Int64,
    distinct_id String,
    created_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    _timestamp DateTime DEFAULT now()
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(timestamp)
ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
