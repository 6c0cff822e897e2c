-- The bracket is on a line of its own: a comment at the SELECT's end must not take it along.
-- Rows of tables on this server that a SELECT would read, by their indexes.
SELECT sum(rows) AS rows FROM (EXPLAIN ESTIMATE {{ select }}
)
