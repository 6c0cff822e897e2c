-- One row a day: what is visible and, beside it, what was tried last.
-- A day that never was computed has no row; one that was, and had no events, is published with 0 source_rows.
CREATE OR REPLACE VIEW {{ status }} {{ on_cluster }} AS
SELECT
    date,
    if(visible, 'published', last_attempt_status) AS status,
    v.1 AS rows,
    v.2 AS source_rows,
    v.3 AS source_fingerprint,
    v.4 AS duplicates,
    v.5 AS snapshot_at,
    v.6 AS source_max_ingested_at,
    v.7 AS templates,
    v.8 AS workflow_id,
    v.9 AS workflow_run_id,
    v.10 AS published_at,
    last_attempt_at,
    last_attempt_status,
    last_attempt_error,
    v.11 AS teams,
    v.12 AS not_understood,
    v.13 AS audits,
    v.14 AS reason
FROM
(
    SELECT
        date,
        countIf(r.status = 'published') > 0 AS visible,
        -- Of a day that was never published the defaults. No argMaxIf: that is NULL then, in a session whose settings say so.
        arraySort(published -> published.10, groupArrayIf(
            (r.rows, r.source_rows, r.source_fingerprint, r.duplicates, r.snapshot_at, r.source_max_ingested_at,
             r.templates, r.workflow_id, r.workflow_run_id, toNullable(r.recorded_at),
             r.teams, r.not_understood, r.audits, r.reason),
            r.status = 'published'))[-1] AS v,
        max(r.recorded_at) AS last_attempt_at,
        toString(argMax(r.status, r.recorded_at)) AS last_attempt_status,
        argMax(r.error, r.recorded_at) AS last_attempt_error
    FROM {{ ledger }} AS r
    GROUP BY date
)
