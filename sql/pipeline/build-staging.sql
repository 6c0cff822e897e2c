INSERT INTO {{ staging }} (date, team_id, metric_name, metric_value)
SELECT date, team_id, metric_name, metric_value FROM {{ current }}
