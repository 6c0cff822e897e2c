-- The companion of what analysts read: states of a day, which merge over days. Only REPLACE PARTITION ever changes it.
-- It takes the place of 000007, whose states were up to 96 KiB each. States are kept as their bytes: those are copied as they are and can be
-- compared, while every copy of a state itself is a merge, and its bytes differ from copy to copy. They hardly compress.
CREATE TABLE IF NOT EXISTS {{ mergeable }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String COMMENT 'of uniques: the metric; of quantiles: the metric without its _p50, _p95 …',
    total LowCardinality(String) COMMENT 'the metric of all event types in which these ids count too, if there is one',
    digest String COMMENT 'bytes of quantiles' CODEC(NONE),
    sketch String COMMENT 'bytes of uniques' CODEC(NONE),
    calls Map(String, UInt64) COMMENT 'by name: of models, or of tools',
    errors Map(String, UInt64) COMMENT 'of these, that failed',
    checksum UInt64 MATERIALIZED cityHash64(total, digest, sketch, calls, errors),
    quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64) ALIAS CAST(digest, 'AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64)'),
    uniques AggregateFunction(uniqCombined64(13), String) ALIAS CAST(sketch, 'AggregateFunction(uniqCombined64(13), String)')
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(date)
ORDER BY (team_id, date, metric_name)
