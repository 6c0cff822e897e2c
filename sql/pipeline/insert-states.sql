-- States of partitions, as in insert-candidates.sql: `tokens` belong to `dates`, states of other days get the token `elsewhere`.
-- From here on they are bytes, and those of nothing are left out.
INSERT INTO {{ candidate_states }} (token, date, team_id, metric_name, total, digest, sketch, calls, errors, template)
SETTINGS skip_unavailable_shards = 0
SELECT
    transform(date, {dates:Array(Date)}, {tokens:Array(String)}, {elsewhere:String}) AS token,
    date, team_id, metric_name, total,
    CAST(quantiles, 'String') AS digest,
    CAST(uniques, 'String') AS sketch,
    calls,
    errors,
    template
FROM
(
{{ selects }}
)
WHERE digest != CAST(defaultValueOfTypeName('{{ quantiles }}'), 'String') OR sketch != CAST(defaultValueOfTypeName('{{ uniques }}'), 'String')
    OR notEmpty(calls) OR notEmpty(errors)
