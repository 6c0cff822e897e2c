-- The pipeline: what "llma worker" needs, and what "llma doctor" checks.
-- It changes rows of our tables, and creates and drops temporary ones alone: no table that others read.
CREATE ROLE IF NOT EXISTS {{ role }} {{ on_cluster }};

-- Lower numbers go first: the pipeline makes way for analysts. Queries of priority 0, the default, don't take part.
CREATE SETTINGS PROFILE IF NOT EXISTS {{ role }} {{ on_cluster }} SETTINGS priority = 10 TO {{ role }};

-- Raw events. The tables that your sources and templates name are enough, one GRANT each.
GRANT {{ on_cluster }} SELECT ON {{ source_database }}.* TO {{ role }};

-- REPLACE PARTITION, which swaps a month in, needs INSERT and ALTER DELETE; so does the sweep of old versions the latter.
GRANT {{ on_cluster }} SELECT, INSERT, ALTER DELETE ON {{ database }}.llma_metrics_daily TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT, ALTER DELETE ON {{ database }}.llma_metrics_versions TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT, ALTER DELETE ON {{ database }}.llma_metrics_states TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT, ALTER DELETE ON {{ database }}.llma_metrics_states_versions TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT ON {{ database }}.llma_partition_runs TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_partition_status TO {{ role }};

-- Tables of one attempt. Slices of decoded events, candidates and staged months.
GRANT {{ on_cluster }} SELECT, INSERT, CREATE TABLE, DROP TABLE ON {{ database }}.llma_slice_* TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT, CREATE TABLE, DROP TABLE ON {{ database }}.llma_cand_* TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT, CREATE TABLE, DROP TABLE ON {{ database }}.llma_pub_* TO {{ role }};
GRANT {{ on_cluster }} TABLE ENGINE ON MergeTree TO {{ role }};
GRANT {{ on_cluster }} TABLE ENGINE ON Memory TO {{ role }};

-- To watch its own queries, and to kill them: others' it sees, and can't kill.
GRANT {{ on_cluster }} SELECT ON system.processes TO {{ role }};
-- To see whether others are at work, and make way: without it, its queries take all threads.
GRANT {{ on_cluster }} SELECT ON system.user_processes TO {{ role }};
-- To see at a glance how many rows a month has.
GRANT {{ on_cluster }} SELECT ON system.parts TO {{ role }};
-- To see how the shards behind a Distributed source define its table, beside REMOTE, which only such a source needs: without it
-- nobody knows how long they keep rows.
GRANT {{ on_cluster }} SHOW COLUMNS ON system.tables TO {{ role }};

-- if: replicated
GRANT {{ on_cluster }} SYSTEM SYNC REPLICA ON {{ database }}.llma_metrics_versions TO {{ role }};
-- if: replicated
GRANT {{ on_cluster }} SYSTEM SYNC REPLICA ON {{ database }}.llma_metrics_states_versions TO {{ role }};
