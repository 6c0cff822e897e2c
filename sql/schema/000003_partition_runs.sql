-- The ledger: one row for each thing that ended.
CREATE TABLE IF NOT EXISTS {{ ledger }} {{ on_cluster }}
(
    date Date,
    status LowCardinality(String) COMMENT 'computed, published, blocked, failed, expired or cancelled',
    recorded_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
    workflow_id String,
    workflow_run_id String,
    token String COMMENT 'of the accept; run = cityHash64(token, date, template)',
    version UInt64,
    rows UInt64 COMMENT 'metric rows',
    source_rows UInt64 COMMENT 'distinct event ids',
    source_fingerprint UInt64 COMMENT 'sum of cityHash64(event_id) over distinct ids',
    duplicates UInt64 COMMENT 'deliveries beyond the first of each event id',
    late_rows UInt64 COMMENT 'events that arrived between the computation and its recount',
    source_max_ingested_at Nullable(DateTime64(6, 'UTC')),
    snapshot_at Nullable(DateTime64(6, 'UTC')),
    templates Map(String, String) COMMENT 'template -> hash of its text',
    template_rows Map(String, UInt64),
    runs Array(UInt64) COMMENT 'published: the runs that have become visible',
    query_id String,
    read_rows UInt64,
    read_bytes UInt64,
    elapsed_ms UInt64,
    error String
)
ENGINE = {{ engine }}
PARTITION BY toYYYYMM(date)
ORDER BY (date, recorded_at)
