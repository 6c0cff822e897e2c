-- The companion of what analysts read: states of a day, which merge over days. Only REPLACE PARTITION ever changes it.
CREATE TABLE IF NOT EXISTS {{ states }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String COMMENT 'of uniques: the metric; of quantiles: the metric without its _p50, _p95 …',
    quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64),
    uniques AggregateFunction(uniqCombined64, String),
    checksum UInt64 MATERIALIZED cityHash64(finalizeAggregation(quantiles), finalizeAggregation(uniques)) COMMENT 'what the states say: their own bytes differ from copy to copy'
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(date)
ORDER BY (team_id, date, metric_name)
