-- The bracket is on a line of its own: a comment at the SELECT's end must not take it along.
-- How a SELECT would read its tables on this server and on those that its Distributed tables lead to, as text: EXPLAIN ESTIMATE knows this server alone.
SELECT explain
FROM (EXPLAIN PLAN indexes = 1, distributed = 1 {{ select }}
)
WHERE explain LIKE '%ReadFrom%' OR explain LIKE '% Granules: %'
SETTINGS skip_unavailable_shards = 0
