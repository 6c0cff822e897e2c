-- Metrics of ISO weeks, which begin on Monday: counts and sums added up, rates and means made of them, percentiles and distinct ids of merged states.
-- How each metric rolls up, and which has no row: docs/metrics.md. The same as llma_metrics_monthly, but for the period.
-- It says the same in every session: settings may make NULL of what a join or an aggregate does not find (ifNull), and let a column hide an alias of its name.
CREATE OR REPLACE VIEW {{ weekly }} {{ on_cluster }}
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
SELECT
    rolled.date AS date,
    rolled.team_id AS team_id,
    rolled.metric.1 AS metric_name,
    rolled.metric.2 AS metric_value,
    bitCount(rolled.metric.3) AS days,
    ifNull(computed.published, 0) AS days_computed,
    7 AS days_in_period
FROM
(
    SELECT
        p.date AS date,
        p.team_id AS team_id,
        -- A rate x_y_rate, or x_has_y_rate, is x_y_count of x_count; a mean x_mean is x_sum of x_count. Both parts are of its own days:
        -- the second one of each of them, the first one of all on which it is not 0, for a count of zero has no row. Of other days it would be another number.
        arrayFilter(q -> q.2.2 = q.4.2 AND q.4.1 > 0 AND bitAnd(q.3.2, bitNot(q.2.2)) = 0 AND bitAnd(q.2.4, bitNot(q.3.2)) = 0, arrayMap(
            (n, own) -> (
                n,
                own,
                p.parts[replaceRegexpOne(replaceRegexpOne(n, '_rate$', '_count'), '_mean$', '_sum')],
                p.parts[replaceRegexpOne(replaceRegexpOne(n, '(_has)?_[^_]+_rate$', '_count'), '_mean$', '_count')]),
            mapKeys(p.quotients), mapValues(p.quotients))) AS made,
        arrayJoin(arrayConcat(
            arrayMap((n, own) -> (n, own.1, own.2), mapKeys(p.parts), mapValues(p.parts)),
            arrayMap(q -> (q.1, if(endsWith(q.1, '_rate'), round(100 * q.3.1 / q.4.1, 2), q.3.1 / q.4.1), q.2.2), made))) AS metric
    FROM
    (
        SELECT
            g.date AS date,
            g.team_id AS team_id,
            mapFilter((n, own) -> match(n, '_[^_]+_rate$|_mean$'), g.daily) AS quotients,
            mapUpdate(
                -- Sums of what events report, and counts, but not those of distinct ids, and nothing that has states.
                mapFilter(
                    (n, own) -> match(n, '_(count|sum|tokens|usd)$') AND NOT match(n, '_id(_has_[a-z0-9]+)?_count$') AND NOT mapContains(g.states, n),
                    g.daily),
                -- States of fewer days than the metric has would make another number: then there is no row.
                -- Ids of some days are no fewer than those of any of them, and no more than those of each together.
                mapApply(
                    (n, own) -> (n, (if(own.3 > 0, least(greatest(own.1, g.daily[n].3), g.daily[n].1), own.1), g.daily[n].2, own.3, g.daily[n].4)),
                    mapFilter((n, own) -> mapContains(g.daily, n) AND bitAnd(g.daily[n].2, bitNot(own.2)) = 0, g.states))) AS parts
        FROM
        (
            -- By name: the value, the days that are in it, a bit each; of rows the greatest one, of states whether they count ids; of rows the days on which it is not 0.
            -- A name that is not there has none of it.
            SELECT
                e.period AS date,
                e.team_id AS team_id,
                CAST(groupArrayIf((e.name, (e.value, e.days, e.detail, e.days_not_0)), e.kind = 'rows'), 'Map(String, Tuple(Float64, UInt32, Float64, UInt32))') AS daily,
                CAST(groupArrayIf((e.name, (e.value, e.days, e.detail, e.days_not_0)), e.kind = 'states'), 'Map(String, Tuple(Float64, UInt32, Float64, UInt32))') AS states
            FROM
            (
                SELECT
                    toMonday(d.date) AS period,
                    d.team_id AS team_id,
                    'rows' AS kind,
                    d.metric_name AS name,
                    ifNull(sum(d.metric_value), 0) AS value,
                    ifNull(groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(d.date))), 0) AS days,
                    ifNull(max(d.metric_value), 0) AS detail,
                    ifNull(groupBitOr(if(d.metric_value = 0, 0, bitShiftLeft(toUInt32(1), toDayOfMonth(d.date)))), 0) AS days_not_0
                FROM {{ daily }} AS d
                GROUP BY period, team_id, name
                UNION ALL
                SELECT m.period, m.team_id, 'states', (arrayJoin(m.values) AS of).1, of.2, m.days, of.3, toUInt32(0)
                FROM
                (
                    SELECT
                        toMonday(s.date) AS period,
                        s.team_id AS team_id,
                        arrayJoin(if(s.total = '', [s.metric_name], [s.metric_name, toString(s.total)])) AS name,
                        -- As texts between: the Float32 0.3 is the Float64 0.30000001192092896. toFloat64 may be one digit off, as a setting
                        -- has it; JSON is read exactly, but whole numbers that no 64 bits hold are none there.
                        arrayMap(q -> if(abs(q) < 1e18, JSONExtractFloat(toString(q)), toFloat64(toString(q))), quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(s.quantiles)) AS merged,
                        -- MergeOrDefault: a setting makes uniqCombined64OrNullMerge of the Merge alone, which wants states of its own.
                        arrayFilter(of -> of.2 > 0, [
                            (name, toFloat64(ifNull(uniqCombined64MergeOrDefault(13)(s.uniques), 0)), 1.),
                            (concat(name, '_p50'), merged[1], 0.),
                            (concat(name, '_p90'), merged[2], 0.),
                            (concat(name, '_p95'), merged[3], 0.),
                            (concat(name, '_p99'), merged[4], 0.)
                        ]) AS values,
                        ifNull(groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(s.date))), 0) AS days
                    FROM {{ mergeable }} AS s
                    GROUP BY period, team_id, name
                ) AS m
            ) AS e
            GROUP BY e.period, e.team_id
        ) AS g
    ) AS p
) AS rolled
ALL LEFT JOIN
(
    SELECT toMonday(day) AS date, count() AS published
    FROM (SELECT DISTINCT l.date AS day FROM {{ ledger }} AS l WHERE l.status = 'published')
    GROUP BY date
) AS computed ON computed.date = rolled.date
