-- Running queries that a workflow's activities of this installation began, with the run that each belongs to.
-- The connection's own name tells installations apart that share a server.
SELECT
    p.query_id AS query_id,
    JSONExtractString(p.Settings['log_comment'], 'llma', 'workflowId') AS workflow_id,
    JSONExtractString(p.Settings['log_comment'], 'llma', 'runId') AS run_id
FROM system.processes AS p
WHERE startsWith(p.query_id, 'llma-')
  AND startsWith(p.http_user_agent, concat({application:String}, ' '))
  AND workflow_id != ''
ORDER BY query_id
