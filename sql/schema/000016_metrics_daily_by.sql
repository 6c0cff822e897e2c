-- Calls and errors of each model and tool, which a metric's name can't carry: <type>_count and <type>_error_count of one value of a
-- dimension. A state of calls that is named <type>_models has the values of the dimension model, whichever template it is of.
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
    concat(replaceRegexpOne(s.metric_name, '_[^_]+s$', ''), number.1) AS metric_name,
    extract(s.metric_name, '_([^_]+)s$') AS dimension,
    number.2 AS value,
    toFloat64(number.3) AS metric_value
FROM {{ mergeable }} AS s
ARRAY JOIN arrayConcat(
    arrayMap((name, n) -> ('_count', name, n), mapKeys(s.calls), mapValues(s.calls)),
    arrayMap((name, n) -> ('_error_count', name, n), mapKeys(s.errors), mapValues(s.errors))) AS number
WHERE dimension != '' AND number.3 > 0
