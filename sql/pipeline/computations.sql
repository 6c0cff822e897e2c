-- What the ledger says of the computations that made some runs, from the earliest on: a run is one template's rows of one of them.
SELECT
    toString(c.date) AS day,
    arrayMap(template -> cityHash64(c.token, c.date, template), mapKeys(c.templates)) AS made,
    mapValues(c.templates) AS hashes,
    c.workflow_id AS workflow_id, c.workflow_run_id AS workflow_run_id, c.token AS token, c.version AS version,
    c.source_rows AS source_rows, c.source_fingerprint AS source_fingerprint, c.duplicates AS duplicates, c.late_rows AS late_rows,
    toString(c.source_max_ingested_at) AS source_max_ingested_at, toString(c.snapshot_at) AS snapshot_at,
    c.query_id AS query_id, c.read_rows AS read_rows, c.read_bytes AS read_bytes, c.elapsed_ms AS elapsed_ms,
    c.teams AS teams, c.not_understood AS not_understood, c.audits AS audits, c.reason AS reason, c.settings AS settings
FROM {{ ledger }} AS c
WHERE c.status = 'computed' AND c.date IN ({days:Array(Date)}) AND hasAny(made, {runs:Array(UInt64)})
ORDER BY c.version, c.recorded_at
