-- How many rows the sources have of each day.
SELECT toString(e.date) AS date, count() AS rows FROM {{ llm_events }} AS e GROUP BY e.date
