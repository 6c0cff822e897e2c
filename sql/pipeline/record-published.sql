-- Ledger rows of the days that have become visible: everything about their source from the oldest computation whose rows are
-- visible, what audits found and the reasons of whoever overrode something from all of them, the rest from the latest one, and of each
-- template the hash with which its visible rows were computed.
-- A row is the day's last word although the clock went back: later than all that the ledger has of it.
-- Whoever was overtaken has no staging table any more (60 UNKNOWN_TABLE), and so can't say that its older rows are visible.
INSERT INTO {{ ledger }}
    (date, status, recorded_at, workflow_id, workflow_run_id, token, version, rows, source_rows, source_fingerprint, duplicates, late_rows,
     source_max_ingested_at, snapshot_at, templates, template_rows, runs, query_id, read_rows, read_bytes, elapsed_ms, error,
     teams, not_understood, audits, reason, settings)
SELECT
    day, 'published', greatest(now64(6, 'UTC'), said.last + toIntervalMicrosecond(1)),
    latest.1, latest.2, latest.3, latest.4, day_rows, oldest.5, oldest.6, oldest.7, oldest.8, oldest.9, oldest.10,
    mapFromArrays(arrayMap(t -> t.1, templates), arrayMap(t -> t.2, templates)),
    mapFromArrays(arrayMap(t -> t.1, templates), arrayMap(t -> t.3, templates)),
    day_runs, latest.11, latest.12, latest.13, latest.14, '',
    oldest.15, oldest.16, findings, reasons, latest.19
FROM
(
    SELECT
        toDate(visible.1) AS day,
        arraySort(groupArray(visible.3)) AS day_runs,
        sum(visible.4) AS day_rows,
        -- A run without a hash only closed a template that is gone.
        arraySort(groupArrayIf((visible.2, computed.hash, visible.4), computed.hash != '')) AS templates,
        argMaxIf(computed.details, (computed.details.4, computed.recorded_at), computed.hash != '') AS latest,
        -- What the day's source was when its oldest visible rows were computed: events since then are not in all of them.
        argMinIf(computed.details, (computed.details.4, computed.recorded_at), computed.hash != '') AS oldest,
        arraySort(c -> (c.1, c.2), groupUniqArrayIf((computed.details.4, computed.recorded_at, computed.details.17, computed.details.18), computed.hash != '')) AS computations,
        arrayDistinct(arrayFlatten(arrayMap(c -> c.3, computations))) AS findings,
        arrayStringConcat(arrayDistinct(arrayFilter(reason -> reason != '', arrayMap(c -> c.4, computations))), '; ') AS reasons
    FROM (SELECT arrayJoin({runs:Array(Tuple(String, String, UInt64, UInt64))}) AS visible) AS v
    LEFT JOIN
    (
        SELECT
            cityHash64(token, date, template) AS run,
            hash,
            recorded_at,
            (workflow_id, workflow_run_id, token, version, source_rows, source_fingerprint, duplicates, late_rows,
             source_max_ingested_at, snapshot_at, query_id, read_rows, read_bytes, elapsed_ms,
             teams, not_understood, audits, reason, settings) AS details
        FROM {{ ledger }}
        ARRAY JOIN mapKeys(templates) AS template, mapValues(templates) AS hash
        WHERE status = 'computed' AND date >= {from:Date} AND date < {to:Date}
    ) AS computed ON computed.run = visible.3
    GROUP BY day
) AS visible_days
LEFT JOIN
(
    SELECT l.date AS date, max(l.recorded_at) AS last
    FROM {{ ledger }} AS l
    WHERE l.date IN (SELECT toDate(arrayJoin({runs:Array(Tuple(String, String, UInt64, UInt64))}).1))
    GROUP BY l.date
) AS said ON said.date = visible_days.day
WHERE (SELECT count() FROM {{ staging }}) >= 0
