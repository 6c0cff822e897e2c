-- Stands for the templates when every one of them rendered to nothing.
SELECT toDate(0) AS date, toUInt64(0) AS team_id, '' AS metric_name, 0. AS metric_value, '' AS template WHERE 0
