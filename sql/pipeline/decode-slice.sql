-- Everything that the sources have of some days, with what was not understood and what is left out.
INSERT INTO {{ slice }} ({{ columns }})
SELECT {{ columns }}
FROM {{ llm_events }}
