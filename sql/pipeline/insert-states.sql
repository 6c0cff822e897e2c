-- States of partitions, as in insert-candidates.sql: `tokens` belong to `dates`, states of other days get the token `elsewhere`.
INSERT INTO {{ candidate_states }} (token, date, team_id, metric_name, quantiles, uniques, template)
SETTINGS skip_unavailable_shards = 0
SELECT transform(date, {dates:Array(Date)}, {tokens:Array(String)}, {elsewhere:String}) AS token, date, team_id, metric_name, quantiles, uniques, template
FROM
(
{{ selects }}
)
