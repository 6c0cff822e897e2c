-- Ledger rows of the days that have become visible. A row is the day's last word although the clock went back: later than all that the
-- ledger had of it. Whoever was overtaken has no staging table any more (60 UNKNOWN_TABLE), and so can't say that its older rows are visible.
INSERT INTO {{ ledger }}
    (status, recorded_at, date, runs, rows, templates, template_rows, audits, reason,
     workflow_id, workflow_run_id, token, version, query_id, read_rows, read_bytes, elapsed_ms, settings,
     source_rows, source_fingerprint, duplicates, late_rows, source_max_ingested_at, snapshot_at, teams, not_understood)
SELECT 'published', greatest(now64(6, 'UTC'), said.1), untuple(said.2)
FROM
(
    SELECT arrayJoin({days:Array(Tuple(
        DateTime64(6, 'UTC'),
        Tuple(
            Date, Array(UInt64), UInt64, Map(String, String), Map(String, UInt64), Array(Tuple(String, String, String)), String,
            String, String, String, UInt64, String, UInt64, UInt64, UInt64, Map(String, String),
            UInt64, UInt64, UInt64, UInt64, Nullable(DateTime64(6, 'UTC')), Nullable(DateTime64(6, 'UTC')), UInt64, UInt64
        )
    ))}) AS said
)
WHERE (SELECT count() FROM {{ staging }}) >= 0
