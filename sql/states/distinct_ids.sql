-- Sketches of the traces, sessions and users of each event type, which count in those of all types too, and of the traces in which anything failed.
SELECT
    date,
    team_id,
    concat(kind, ids) AS metric_name,
    total,
    uniques
FROM
(
    SELECT
        date,
        team_id,
        trim(LEADING '$' FROM event) AS kind,
        [
            uniqCombined64StateIf(13)(trace_id, trace_id != ''),
            uniqCombined64StateIf(13)(session_id, session_id != ''),
            uniqCombined64StateIf(13)(user_id, user_id != '')
        ] AS states
    FROM {{ llm_events }}
    GROUP BY date, team_id, kind
)
ARRAY JOIN
    ['_traces', '_sessions', '_users'] AS ids,
    ['ai_trace_id_count', 'ai_session_id_count', 'ai_user_id_count'] AS total,
    states AS uniques
UNION ALL
SELECT date, team_id, 'ai_trace_id_has_error_count', '', uniqCombined64State(13)(trace_id)
FROM {{ llm_events }}
WHERE is_error AND trace_id != ''
GROUP BY date, team_id
