-- Calls and errors of each model and tool. Names are others' texts, without number and limit: of a type's models, and of its tools, the
-- hundred with most calls of the day are there by their first 200 characters, all others together as ''.
SELECT
    date,
    team_id,
    metric_name,
    sumMap(map(shown, events)) AS calls,
    sumMap(map(shown, failed)) AS errors
FROM
(
    SELECT
        *,
        -- Of two with as many calls the first one by name: a day that is computed again shows the same.
        if(row_number() OVER (PARTITION BY date, team_id, metric_name ORDER BY events DESC, name) <= 100, name, '') AS shown
    FROM
    (
        -- One by one: of both at once each pair is a group, and takes twice as long.
        SELECT
            date,
            team_id,
            concat(trim(LEADING '$' FROM event), '_models') AS metric_name,
            substringUTF8(model, 1, 200) AS name,
            count() AS events,
            countIf(is_error) AS failed
        FROM {{ llm_events }}
        WHERE model != ''
        GROUP BY date, team_id, metric_name, name
        UNION ALL
        SELECT
            date,
            team_id,
            concat(trim(LEADING '$' FROM event), '_tools') AS metric_name,
            substringUTF8(tool, 1, 200) AS name,
            count() AS events,
            countIf(is_error) AS failed
        FROM {{ llm_events }}
        WHERE tool != ''
        GROUP BY date, team_id, metric_name, name
    )
)
GROUP BY date, team_id, metric_name
