-- A table of events whose properties are JSON, not text. What a source reads are paths of their own, as text: a path with another type
-- would refuse an event that has something else there, and every event that is inserted with it.
CREATE TABLE events
(
    uuid UUID,
    event String,
    properties JSON(
        `$ai_trace_id` String, `$ai_span_id` String, `$ai_parent_id` String, `$ai_session_id` String,
        `$ai_agent_id` String, `$ai_project` String, `$ai_tool_name` String, `$ai_provider` String,
        `$ai_model` String, `$ai_stop_reason` String, `$ai_input_tokens` String, `$ai_output_tokens` String,
        `$ai_total_tokens` String, `$ai_cache_read_input_tokens` String, `$ai_cache_creation_input_tokens` String,
        `$ai_reasoning_tokens` String, `$ai_total_cost_usd` String, `$ai_latency` String, `$ai_is_error` String,
        `$ai_error` String, `$ai_error_type` String, `$ai_tags` String),
    timestamp DateTime64(6, 'UTC'),
    team_id Int64,
    distinct_id String,
    created_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    _timestamp DateTime DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
