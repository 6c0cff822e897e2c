-- blocking, by date: Of a rate x_y_rate, the numerator x_y_count is at most the denominator x_count.
-- Of x_has_y_rate, too, x_count is the denominator: traces that have an error, of traces.
-- One of the two may be of a template that was not computed now, and so of fewer events: then both are to be computed together.
{% set partial = day != candidates %}
{%- if partial %}
WITH
    (date, owners[part]) IN (SELECT c.date, toString(c.template) FROM {{ candidates }} AS c) AS has_part,
    (date, owners[whole]) IN (SELECT c.date, toString(c.template) FROM {{ candidates }} AS c) AS has_whole
{%- endif %}
SELECT
    date,
    concat('team ', toString(team_id), ': "', part, '" is ', toString(metrics[part]), ', and "', whole, '" is ', toString(metrics[whole])
{%- if partial %},
        if(has_part = has_whole, '', concat(
            '; "', if(has_part, whole, part), '" is of an earlier computation: compute both templates together, "llma backfill --metrics ', owners[part], ',', owners[whole], '"'))
{%- endif %}) AS message
FROM
(
    SELECT
        date,
        team_id,
        CAST((groupArray(metric_name), groupArray(metric_value)), 'Map(String, Float64)') AS metrics,
{%- if partial %}
        CAST((groupArray(metric_name), groupArray(toString(template))), 'Map(String, String)') AS owners,
{%- endif %}
        -- A rate of one word, such as error_rate, names no denominator.
        arrayJoin(groupArrayIf(metric_name, match(metric_name, '_[^_]+_rate$'))) AS rate,
        replaceRegexpOne(rate, '_rate$', '_count') AS part,
        replaceRegexpOne(rate, '(_has)?_[^_]+_rate$', '_count') AS whole
    FROM {{ day }}
    WHERE endsWith(metric_name, '_count') OR endsWith(metric_name, '_rate')
    GROUP BY date, team_id
)
WHERE mapContains(metrics, part) AND mapContains(metrics, whole) AND metrics[part] > metrics[whole]
