-- What analysts merge over days: states under the name of each metric that they make, one of all types too. It takes the place of 000007.
CREATE OR REPLACE VIEW {{ daily_state }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String,
    quantiles AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64),
    uniques AggregateFunction(uniqCombined64(13), String)
)
AS
SELECT
    s.date AS date,
    s.team_id AS team_id,
    arrayJoin(if(s.total = '', [s.metric_name], [s.metric_name, toString(s.total)])) AS metric_name,
    s.quantiles AS quantiles,
    s.uniques AS uniques
FROM {{ mergeable }} AS s
-- Calls have neither.
WHERE s.digest != CAST(defaultValueOfTypeName('AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64)'), 'String')
   OR s.sketch != CAST(defaultValueOfTypeName('AggregateFunction(uniqCombined64(13), String)'), 'String')
