-- Calls and errors of each model and tool, that a metric's name can't carry: <type>_count and <type>_error_count, of one value of a dimension.
CREATE OR REPLACE VIEW {{ daily_by }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String,
    dimension String,
    value String,
    metric_value Float64
)
AS
SELECT
    s.date AS date,
    s.team_id AS team_id,
    concat(replaceRegexpOne(s.metric_name, '_(models|tools)$', ''), number.1) AS metric_name,
    if(endsWith(s.metric_name, '_tools'), 'tool', 'model') AS dimension,
    value,
    toFloat64(number.2) AS metric_value
FROM {{ mergeable }} AS s
ARRAY JOIN mapKeys(s.calls) AS value, arrayZip(mapValues(s.calls), mapValues(s.errors)) AS both
ARRAY JOIN [('_count', both.1), ('_error_count', both.2)] AS number
WHERE match(s.metric_name, '_(models|tools)$') AND number.2 > 0
