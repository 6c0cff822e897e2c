-- Rows of tables on this server that a SELECT would read, by their indexes.
SELECT sum(rows) AS rows FROM (EXPLAIN ESTIMATE {{ select }})
