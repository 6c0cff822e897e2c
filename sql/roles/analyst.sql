-- Reads results and what explains them; writes nothing, and sees neither candidates nor what others ask.
CREATE ROLE IF NOT EXISTS {{ role }} {{ on_cluster }};

-- readonly = 2: may change settings of its own queries, but these only within their limits.
CREATE SETTINGS PROFILE IF NOT EXISTS {{ role }} {{ on_cluster }} SETTINGS
    readonly = 2,
    priority = 1 CONST,
    max_execution_time = 300 MIN 1 MAX 3600,
    max_memory_usage = 10000000000 MIN 1 MAX 20000000000
TO {{ role }};

GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_metrics_daily TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_metrics_states TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_metrics_daily_state TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_metrics_daily_by TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_metrics_weekly TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_metrics_monthly TO {{ role }};
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_partition_status TO {{ role }};
-- Views read their tables with the rights of whoever asks.
GRANT {{ on_cluster }} SELECT ON {{ database }}.llma_partition_runs TO {{ role }};
