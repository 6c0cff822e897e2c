-- Metrics of months: counts and sums added up, rates and means made of them, percentiles and distinct ids of merged states.
-- How each metric rolls up, and what has no row: docs/metrics.md. The same as llma_metrics_weekly, but for the period.
CREATE VIEW IF NOT EXISTS {{ monthly }} {{ on_cluster }}
(
    date Date,
    team_id UInt64,
    metric_name String,
    metric_value Float64,
    days UInt8,
    days_computed UInt8,
    days_in_period UInt8
)
AS
WITH
    -- Counts, but not those of distinct ids; sums of what events report.
    name -> match(name, '_(count|sum|tokens|usd)$') AND NOT match(name, '_id(_has_[a-z0-9]+)?_count$') AS is_sum
SELECT
    rolled.date AS date,
    rolled.team_id AS team_id,
    metric.1 AS metric_name,
    metric.2 AS metric_value,
    bitCount(metric.3) AS days,
    computed.days AS days_computed,
    toDayOfMonth(toLastDayOfMonth(date)) AS days_in_period
FROM
(
    SELECT
        date,
        team_id,
        -- Of each name: its value, and the days that are in it, a bit each. One that is not there has neither.
        CAST(groupArrayIf((name, (value, days)), kind = 'rows'), 'Map(String, Tuple(Float64, UInt32))') AS daily,
        CAST(groupArrayIf((name, (value, days)), kind = 'states'), 'Map(String, Tuple(Float64, UInt32))') AS states,
        -- A state of fewer days than the metric has would be another number: then there is no row.
        mapApply((name, of) -> (name, (of.1, daily[name].2)), mapFilter(
            (name, of) -> mapContains(daily, name) AND bitAnd(daily[name].2, bitNot(of.2)) = 0, states)) AS merged,
        mapFilter((name, of) -> is_sum(name) AND NOT mapContains(states, name), daily) AS sums,
        mapUpdate(sums, merged) AS parts,
        -- Of a rate x_y_rate or x_has_y_rate and a mean x_mean: of what, and in what. Its parts must be of the same days.
        arrayFilter(quotient -> quotient.2.2 = quotient.4.2 AND quotient.4.1 > 0, arrayMap(
            name -> (
                name,
                daily[name],
                parts[replaceRegexpOne(replaceRegexpOne(name, '_rate$', '_count'), '_mean$', '_sum')],
                parts[replaceRegexpOne(replaceRegexpOne(name, '(_has)?_[^_]+_rate$', '_count'), '_mean$', '_count')]),
            arrayFilter(name -> match(name, '_[^_]+_rate$|_mean$'), mapKeys(daily)))) AS quotients,
        arrayConcat(
            arrayMap((name, of) -> (name, of.1, of.2), mapKeys(parts), mapValues(parts)),
            arrayMap(
                q -> (q.1, if(endsWith(q.1, '_rate'), round(100 * q.3.1 / q.4.1, 2), q.3.1 / q.4.1), q.4.2),
                quotients)) AS metrics
    FROM
    (
        SELECT toStartOfMonth(d.date) AS date, d.team_id AS team_id, 'rows' AS kind, d.metric_name AS name,
            sum(d.metric_value) AS value, groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(d.date))) AS days
        FROM {{ daily }} AS d
        GROUP BY date, team_id, name
        UNION ALL
        SELECT date, team_id, 'states' AS kind, of.1 AS name, of.2 AS value, days
        FROM
        (
            SELECT toStartOfMonth(s.date) AS date, s.team_id AS team_id,
                groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(s.date))) AS days,
                -- As text, because a Float32 of 0.3 is 0.30000001192092896.
                arrayMap(q -> toFloat64(toString(q)), quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(s.quantiles)) AS quantiles,
                toFloat64(uniqCombined64Merge(s.uniques)) AS ids,
                arrayFilter(of -> of.2 > 0, [
                    (s.metric_name, ids),
                    (concat(s.metric_name, '_p50'), quantiles[1]),
                    (concat(s.metric_name, '_p90'), quantiles[2]),
                    (concat(s.metric_name, '_p95'), quantiles[3]),
                    (concat(s.metric_name, '_p99'), quantiles[4])
                ]) AS values
            FROM {{ states }} AS s
            GROUP BY date, team_id, s.metric_name
        )
        ARRAY JOIN values AS of
    )
    GROUP BY date, team_id
) AS rolled
ARRAY JOIN rolled.metrics AS metric
LEFT JOIN
(
    SELECT toStartOfMonth(day) AS date, count() AS days
    FROM (SELECT DISTINCT l.date AS day FROM {{ ledger }} AS l WHERE l.status = 'published')
    GROUP BY date
) AS computed ON computed.date = rolled.date
