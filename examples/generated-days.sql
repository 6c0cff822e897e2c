-- Generated events: nothing here happened. Every event of it says so, `"generated": true`.
-- A session is a number: its day, and its place in that day. All that is random is a hash of the seed, that number and a salt,
-- so a day has the same events whenever it is generated, and whichever days are generated with it.
-- Events that are there already are left out, so running it twice adds nothing.
INSERT INTO {database:Identifier}.events (uuid, event, properties, timestamp, team_id, distinct_id, created_at, _timestamp)
WITH
    750 AS sessions_per_day,
    -- model, provider, USD per million input tokens, per million output tokens
    [('gpt-4o-mini', 'openai', 0.15, 0.6), ('gpt-4o', 'openai', 2.5, 10.),
     ('claude-sonnet-4', 'anthropic', 3., 15.), ('claude-3-5-haiku', 'anthropic', 0.8, 4.),
     ('gemini-2.5-flash', 'google', 0.3, 2.5), ('llama-3.3-70b', 'groq', 0.59, 0.79)] AS models,
    ('text-embedding-3-small', 'openai', 0.02, 0.) AS embedding_model,
    -- The steps of a trace: a chat, an answer from documents, an agent with two tools.
    [['$ai_generation'], ['$ai_embedding', '$ai_span', '$ai_generation'],
     ['$ai_generation', '$ai_span', '$ai_generation', '$ai_span', '$ai_generation']] AS shapes,
    ['"$ai_is_error":true', '"$ai_is_error":"true"', '"$ai_is_error":1', '"$ai_error":"rate limit exceeded"',
     '"$ai_error":{"type":"timeout","message":"no answer in 30 s"}', '"$ai_is_error":true,"$ai_error":"content filtered"'] AS failures,
    ['"$ai_is_error":false', '"$ai_error":null', '"$ai_is_error":false,"$ai_error":""', '"$ai_http_status":200'] AS successes,
    sessions AS
    (
        WITH salt -> cityHash64({seed:UInt64}, number, salt) AS random
        SELECT
            number AS session,
            toDate(intDiv(session, sessions_per_day)) AS day,
            -- Of eight teams the largest has a third of the sessions, the smallest a sixteenth.
            101 + toUInt8(8 * pow((random('team') % 10000) / 10000, 2)) AS team,
            toUInt16((110 - team) * 40 * pow((random('user') % 10000) / 10000, 2)) AS user,
            -- Most at noon, none after 23:00: what a session takes, and its delivery, end on its own day.
            toUInt32(random('begin') % 41400 + random('end') % 41400) AS second_of_day,
            1 + random('traces') % 4 AS traces
        FROM numbers_mt(toUInt64(toUInt16({first_day:Date})) * sessions_per_day, {days:UInt64} * sessions_per_day)
        WHERE toDayOfWeek(day) <= 5 OR random('weekend') % 100 < 60
    ),
    traces AS
    (
        WITH
            salt -> cityHash64({seed:UInt64}, session, trace, salt) AS random,
            (step, salt) -> cityHash64({seed:UInt64}, session, trace, step, salt) % 1000 / 1000 AS fraction
        SELECT
            day,
            team,
            user,
            arrayJoin(range(traces)) AS trace,
            concat(toString(session), '-', toString(trace)) AS trace_id,
            concat('session-', toString(session)) AS session_id,
            toDateTime64(day, 6, 'UTC') + second_of_day + trace * 200 AS began,
            -- Each team has its model, and now and then takes another.
            models[1 + if(random('other') % 10 < 3, random('model'), cityHash64({seed:UInt64}, team)) % length(models)] AS model,
            shapes[multiIf(random('shape') % 100 < 55, 1, random('shape') % 100 < 80, 2, 3)] AS steps,
            -- On a few days a provider has trouble.
            random('failed') % 1000 < if(cityHash64({seed:UInt64}, day, model.2) % 25 = 0, 250, 25) AS is_failed,
            arrayMap(i -> toUInt32(100 + 8000 * pow(fraction(i, 'input'), 3)), arrayEnumerate(steps)) AS inputs,
            arrayMap(i -> toUInt32(10 + 1200 * pow(fraction(i, 'output'), 2)), arrayEnumerate(steps)) AS outputs,
            -- Seconds. One step begins when the one before it ends.
            arrayMap((step, output, i) -> round((0.5 + fraction(i, 'latency'))
                * multiIf(step = '$ai_generation', 0.3 + 0.008 * output, step = '$ai_span', 0.4, 0.1), 3),
                steps, outputs, arrayEnumerate(steps)) AS latencies
        FROM sessions
    ),
    -- Its steps, then the trace itself, and before the first of a session the visit of a page, which is not an LLM event.
    happenings AS
    (
        SELECT
            * EXCEPT (inputs, outputs, latencies),
            arrayJoin(arrayConcat(
                arrayZip(steps, arrayEnumerate(steps), inputs, outputs, latencies, arrayCumSum(latencies)),
                [('$ai_trace', length(steps) + 1, 0, 0, arraySum(latencies), arraySum(latencies))],
                if(trace = 0, [('$pageview', 0, 0, 0, 0., 0.)], []))) AS happening,
            happening.1 AS kind,
            happening.2 AS position,
            happening.3 AS input,
            if(kind = '$ai_generation', happening.4, 0) AS output,
            round(happening.5, 3) AS latency,
            began + toIntervalMicrosecond(toUInt64(happening.6 * 1e6)) AS ended
        FROM traces
    ),
    events AS
    (
        WITH salt -> cityHash64({seed:UInt64}, trace_id, position, salt) AS random
        SELECT
            kind,
            team,
            user,
            ended,
            concat(toString({seed:UInt64}), ' ', trace_id, ' ', toString(position)) AS id,
            -- The last step of a failed trace fails, and so the trace.
            is_failed AND position >= length(steps) AS is_error,
            if(kind = '$ai_embedding', embedding_model, model) AS used,
            kind IN ('$ai_generation', '$ai_embedding') AS is_call,
            [
                '"generated":true',
                if(kind = '$pageview',
                    concat('"$current_url":"https://example.com/chat","$session_id":"', session_id, '"'),
                    concat('"$ai_trace_id":"trace-', trace_id, '","$ai_session_id":"', session_id, '","$ai_latency":', toString(latency), ',',
                        if(is_error, failures[1 + random('form') % length(failures)], successes[1 + random('form') % length(successes)]))),
                if(kind = '$ai_span' OR is_call,
                    concat('"$ai_span_id":"span-', trace_id, '-', toString(position), '","$ai_parent_id":"trace-', trace_id, '"'), ''),
                if(kind = '$ai_trace', concat('"$ai_span_name":"', ['chat', 'answer', 'agent'][1 + intDiv(length(steps), 2)], '"'), ''),
                if(kind = '$ai_span', concat('"$ai_span_name":"', ['retrieve', 'search', 'calculator'][1 + random('name') % 3], '"'), ''),
                if(is_call, concat('"$ai_model":"', used.1, '","$ai_provider":"', used.2, '"'), ''),
                -- A few calls don't report their tokens, nor does any that failed.
                if(is_call AND NOT is_error AND random('reported') % 50 != 0, concat(
                    '"$ai_input_tokens":', toString(input),
                    ',"$ai_output_tokens":', toString(output),
                    ',"$ai_total_tokens":', toString(input + output),
                    ',"$ai_input_cost_usd":', toString(round(input * used.3 / 1e6, 9)),
                    ',"$ai_output_cost_usd":', toString(round(output * used.4 / 1e6, 9)),
                    ',"$ai_total_cost_usd":', toString(round((input * used.3 + output * used.4) / 1e6, 9)),
                    if(kind = '$ai_generation' AND random('cached') % 5 = 0,
                        concat(',"$ai_cache_read_input_tokens":', toString(intDiv(input * (random('share') % 80), 100))), '')), '')
            ] AS parts,
            -- Delivered within 1 to 5 s; one of 400 twice, the second time after 1 to 10 minutes.
            ended + toIntervalMillisecond(1000 + random('delivery') % 4000) AS delivered,
            arrayJoin(if(random('twice') % 400 = 0, [0, 60 + random('later') % 540], [0])) AS later
        FROM happenings
    )
SELECT
    reinterpretAsUUID(MD5(concat('llma-metrics generated ', id))) AS uuid,
    kind AS event,
    concat('{', arrayStringConcat(arrayFilter(part -> part != '', parts), ','), '}') AS properties,
    ended AS timestamp,
    team AS team_id,
    concat('user-', toString(team), '-', toString(user)) AS distinct_id,
    delivered + later AS created_at,
    created_at AS _timestamp
FROM events
WHERE uuid NOT IN
(
    SELECT uuid
    FROM {database:Identifier}.events
    WHERE timestamp >= toDateTime64({first_day:Date}, 6, 'UTC') AND timestamp < toDateTime64({first_day:Date} + {days:UInt64}, 6, 'UTC')
)
SETTINGS max_block_size = 2048
