-- "llma migrate" and the upgrades of our tables. Needed for minutes: the worker has no use for it.
CREATE ROLE IF NOT EXISTS {{ role }} {{ on_cluster }};

GRANT {{ on_cluster }} CREATE DATABASE ON {{ database }}.* TO {{ role }};
-- Views too, which CREATE TABLE includes. No table of ours can be dropped, and no metric be read or written.
GRANT {{ on_cluster }} CREATE TABLE, ALTER ADD COLUMN ON {{ database }}.llma_* TO {{ role }};
-- CREATE OR REPLACE VIEW makes a view of another name first, and exchanges the two.
GRANT {{ on_cluster }} DROP VIEW, INSERT ON {{ database }}.llma_partition_status TO {{ role }};
GRANT {{ on_cluster }} DROP VIEW, INSERT ON {{ database }}.llma_metrics_weekly TO {{ role }};
GRANT {{ on_cluster }} DROP VIEW, INSERT ON {{ database }}.llma_metrics_monthly TO {{ role }};
GRANT {{ on_cluster }} DROP VIEW, INSERT ON {{ database }}.llma_metrics_daily_state TO {{ role }};
GRANT {{ on_cluster }} DROP VIEW, INSERT ON {{ database }}.llma_metrics_daily_by TO {{ role }};
GRANT {{ on_cluster }} SELECT, DROP TABLE ON {{ database }}._tmp_replace_* TO {{ role }};
-- The view over the ledger is made with the right to read it.
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_partition_runs TO {{ role }};
GRANT {{ on_cluster }} SELECT, INSERT ON {{ database }}.llma_schema_migrations TO {{ role }};
GRANT {{ on_cluster }} TABLE ENGINE ON {{ engine }} TO {{ role }};

-- if: cluster
GRANT {{ on_cluster }} CLUSTER ON *.* TO {{ role }};

-- if: sources
-- For "llma migrate --with-sources", which creates the raw tables of a fresh installation.
GRANT {{ on_cluster }} CREATE DATABASE, CREATE TABLE ON {{ source_database }}.* TO {{ role }};
