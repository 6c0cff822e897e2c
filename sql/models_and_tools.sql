-- metrics, by date: *_models, *_tools
-- How many models and tools the events of each type named. Which ones, and their calls and errors: llma_metrics_daily_by.
SELECT
    date,
    team_id,
    concat(kind, metric.1) AS metric_name,
    toFloat64(metric.2) AS metric_value
FROM
(
    SELECT
        date,
        team_id,
        trim(LEADING '$' FROM event) AS kind,
        -- By hashes, as in distinct_ids.sql.
        uniqExactIf(cityHash64(model), model != '') AS models,
        uniqExactIf(cityHash64(tool), tool != '') AS tools
    FROM {{ llm_events }}
    WHERE model != '' OR tool != ''
    GROUP BY date, team_id, kind
)
ARRAY JOIN [('_models', models), ('_tools', tools)] AS metric
WHERE metric.2 > 0
