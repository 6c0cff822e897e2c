-- Calls and errors of each model and tool, beside how many there are. Of the day's models, and of its tools, the hundred with most calls
-- are there by name, all others together as '': names are others' texts, without number and limit.
WITH
    arrayReverseSort(groupArray((events, failed, name))) AS named,
    arraySlice(named, 1, 100) AS first,
    arraySlice(named, 101) AS others,
    arrayConcat(first.3, if(empty(others), [], [''])) AS names
SELECT
    date,
    team_id,
    concat(trim(LEADING '$' FROM event), kind) AS metric_name,
    CAST((names, arrayConcat(first.1, if(empty(others), [], [arraySum(others.1)]))), 'Map(String, UInt64)') AS calls,
    CAST((names, arrayConcat(first.2, if(empty(others), [], [arraySum(others.2)]))), 'Map(String, UInt64)') AS errors
FROM
(
    SELECT
        date, team_id, event, dimension.1 AS kind, dimension.2 AS name,
        sum(events) AS events,
        sum(failed) AS failed
    FROM
    (
        SELECT
            date, team_id, event,
            arrayJoin([('_models', substringUTF8(model, 1, 200)), ('_tools', substringUTF8(tool, 1, 200))]) AS dimension,
            events,
            failed
        FROM
        (
            SELECT date, team_id, event, model, tool, count() AS events, countIf(is_error) AS failed
            FROM {{ llm_events }}
            WHERE model != '' OR tool != ''
            GROUP BY date, team_id, event, model, tool
        )
        WHERE dimension.2 != ''
    )
    GROUP BY date, team_id, event, kind, name
)
GROUP BY date, team_id, event, kind
