-- A publisher's own copy-to-be of a month. Plain MergeTree on a cluster too: REPLACE PARTITION takes its parts from it.
CREATE TABLE {{ staging }} AS {{ live }}
ENGINE = MergeTree
PARTITION BY toYYYYMM(date)
ORDER BY (team_id, date, metric_name)
COMMENT {{ comment }}
