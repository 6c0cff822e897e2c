-- What a source reads of `properties`, parsed once, when an event is inserted. All as text, '' where there is none or null: so what is
-- there and can't be read is told from what is not there.
-- Old rows get the columns by ALTER TABLE events MATERIALIZE COLUMN …, each of them; until then they are computed when they are read.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS llma_details Tuple(
        `$ai_trace_id` String, `$ai_span_id` String, `$ai_parent_id` String, `$ai_session_id` String,
        `$ai_agent_id` String, `$ai_project` String, `$ai_tool_name` String, `$ai_provider` String,
        `$ai_model` String, `$ai_stop_reason` String, `$ai_input_tokens` String, `$ai_output_tokens` String,
        `$ai_total_tokens` String, `$ai_cache_read_input_tokens` String, `$ai_cache_creation_input_tokens` String,
        `$ai_reasoning_tokens` String, `$ai_total_cost_usd` String, `$ai_latency` String, `$ai_is_error` String,
        `$ai_error` String, `$ai_error_type` String, `$ai_tags` String)
        MATERIALIZED JSONExtract(properties, 'Tuple(
            `$ai_trace_id` String, `$ai_span_id` String, `$ai_parent_id` String, `$ai_session_id` String,
            `$ai_agent_id` String, `$ai_project` String, `$ai_tool_name` String, `$ai_provider` String,
            `$ai_model` String, `$ai_stop_reason` String, `$ai_input_tokens` String, `$ai_output_tokens` String,
            `$ai_total_tokens` String, `$ai_cache_read_input_tokens` String,
            `$ai_cache_creation_input_tokens` String, `$ai_reasoning_tokens` String, `$ai_total_cost_usd` String,
            `$ai_latency` String, `$ai_is_error` String, `$ai_error` String, `$ai_error_type` String,
            `$ai_tags` String)'),
    -- Of a list JSONExtract reads the first as the first detail, the second as the second.
    ADD COLUMN IF NOT EXISTS llma_is_list Bool MATERIALIZED NOT startsWith(properties, '{') AND JSONType(properties) = 'Array',
    ADD COLUMN IF NOT EXISTS llma_is_object Bool MATERIALIZED JSONType(properties) = 'Object'
