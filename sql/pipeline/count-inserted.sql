-- Rows that an INSERT of several days has written, by the token of the day.
SELECT c.token AS token, count() AS rows
FROM {{ candidates }} AS c
WHERE c.token IN ({tokens:Array(String)})
GROUP BY c.token
