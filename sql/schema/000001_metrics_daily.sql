-- What analysts read: one row a day, team and metric. Only REPLACE PARTITION ever changes it.
CREATE TABLE IF NOT EXISTS {{ daily }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String,
    metric_value Float64
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(date)
ORDER BY (team_id, date, metric_name)
