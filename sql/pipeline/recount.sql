-- Count metrics beside the recount of the same snapshot: where they differ. `names` are the count metrics of the event types. Every team is
-- compared once a template returned the metric of any; one that none returned only when `all` of them are expected. One of several
-- templates is no count, but a key that is there twice, which the audit duplicate_keys says: their sum would be no template's.
SELECT token, team_id, metric_name, counted, recounted
FROM
(
    SELECT
        token,
        team_id,
        metric_name,
        sumIf(metric_value, template != '') AS counted,
        sumIf(events, template = '') AS recounted,
        uniqExactIf(template, template != '') AS templates,
        max(templates) OVER (PARTITION BY token, metric_name) > 0 AS is_returned
    FROM
    (
        SELECT token, team_id, if(template = '', concat(substring(metric_name, 2), '_count'), metric_name) AS metric_name, metric_value, events, template
        FROM {{ candidates }}
        WHERE token IN ({tokens:Array(String)}) AND (template = '' OR metric_name IN ({names:Array(String)}))
    )
    GROUP BY token, team_id, metric_name
)
WHERE counted != recounted AND (is_returned OR {all:Bool}) AND templates <= 1
ORDER BY token, team_id, metric_name
