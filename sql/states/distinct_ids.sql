-- Sketches of the traces, sessions and users of each event type and of all together, and of the traces in which anything failed.
SELECT
    date,
    team_id,
    metric.1 AS metric_name,
    metric.2 AS uniques
FROM
(
    SELECT
        date,
        team_id,
        arrayConcat(
            [
                ('ai_trace_id_count', uniqCombined64MergeState(trace_ids)),
                ('ai_session_id_count', uniqCombined64MergeState(session_ids)),
                ('ai_user_id_count', uniqCombined64MergeState(user_ids)),
                ('ai_trace_id_has_error_count', uniqCombined64MergeState(failed_trace_ids))
            ],
            groupArrayArray([
                (concat(kind, '_traces'), trace_ids),
                (concat(kind, '_sessions'), session_ids),
                (concat(kind, '_users'), user_ids)
            ])) AS metrics
    FROM
    (
        SELECT
            date,
            team_id,
            trim(LEADING '$' FROM event) AS kind,
            uniqCombined64StateIf(trace_id, trace_id != '') AS trace_ids,
            uniqCombined64StateIf(trace_id, trace_id != '' AND is_error) AS failed_trace_ids,
            uniqCombined64StateIf(session_id, session_id != '') AS session_ids,
            uniqCombined64StateIf(user_id, user_id != '') AS user_ids
        FROM {{ llm_events }}
        GROUP BY date, team_id, kind
    )
    GROUP BY date, team_id
)
ARRAY JOIN metrics AS metric
WHERE finalizeAggregation(metric.2) > 0
