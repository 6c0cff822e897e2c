INSERT INTO {{ staging }} (date, team_id, metric_name, {{ values }})
SELECT date, team_id, metric_name, {{ values }} FROM {{ current }}
{{ order }}
