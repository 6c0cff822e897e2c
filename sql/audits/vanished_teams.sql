-- warning: A team that had rows on most of the last seven published days has some.
SELECT concat('team ', toString(team_id), ' has no rows, and had some on ', toString(uniqExact(date)), ' of the last 7 days') AS message
FROM {{ current }}
WHERE has((SELECT arraySlice(arrayReverseSort(groupArray(date)), 1, 7) FROM {{ days }}), date)
  AND team_id NOT IN (SELECT team_id FROM {{ day }})
GROUP BY team_id
HAVING uniqExact(date) > 3
