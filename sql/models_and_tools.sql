-- metrics, by date: *_models, *_tools
-- How many models and tools the events of each type named. Which, and their calls and errors: llma_metrics_daily_by.
SELECT
    date,
    team_id,
    concat(trim(LEADING '$' FROM event), dimension.1) AS metric_name,
    toFloat64(count()) AS metric_value
FROM
(
    SELECT date, team_id, event, arrayJoin([('_models', substringUTF8(model, 1, 200)), ('_tools', substringUTF8(tool, 1, 200))]) AS dimension
    FROM
    (
        SELECT date, team_id, event, model, tool
        FROM {{ llm_events }}
        WHERE model != '' OR tool != ''
        GROUP BY date, team_id, event, model, tool
    )
    WHERE dimension.2 != ''
    GROUP BY date, team_id, event, dimension
)
GROUP BY date, team_id, event, dimension.1
