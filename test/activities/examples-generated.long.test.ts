import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GENERATED_TEAMS, loadGenerated } from '../../examples/load-generated.js';
import { openEvents, property, type EventsHarness } from '../support/events-table.js';

let events: EventsHarness;

beforeAll(() => {
  events = openEvents();
});

afterAll(() => events.close());

describe('the generated days', () => {
  const endingOn = '2026-03-02';
  const teams = GENERATED_TEAMS.join(', ');
  let database: string;

  beforeAll(async () => {
    database = await events.newDatabase();
    const loaded = await loadGenerated({ clickhouse: events.clickhouse, database, endingOn });
    expect(loaded).toMatchObject({ from: '2026-01-17', to: endingOn, days: 45 });
    expect(await events.select(database, 'SELECT count() AS n FROM events')).toEqual([{ n: loaded.inserted }]);
  });

  test('say that they are generated', async () => {
    expect(
      await events.select(
        database,
        `SELECT countIf(NOT ${property('generated', 'Bool')}) AS unsaid, countIf(NOT isValidJSON(properties)) AS broken FROM events`,
      ),
    ).toEqual([{ unsaid: 0, broken: 0 }]);
  });

  test('are the same for the same seed, and others for another', async () => {
    const [again, other] = [await events.newDatabase(), await events.newDatabase()];
    await loadGenerated({ clickhouse: events.clickhouse, database: again, days: 45, endingOn, seed: 1 });
    await loadGenerated({ clickhouse: events.clickhouse, database: other, days: 45, endingOn, seed: 2 });
    expect(await events.fingerprint(again)).toEqual(await events.fingerprint(database));
    expect(await events.fingerprint(other)).not.toEqual(await events.fingerprint(database));
  });

  test('loading them again adds nothing; a day later, one day', async () => {
    const own = await events.newDatabase();
    await loadGenerated({ clickhouse: events.clickhouse, database: own, days: 3, endingOn: '2026-03-01' });
    const before = await events.fingerprint(own);
    expect(
      await loadGenerated({ clickhouse: events.clickhouse, database: own, days: 3, endingOn: '2026-03-01' }),
    ).toMatchObject({
      inserted: 0,
    });
    expect(await events.fingerprint(own)).toEqual(before);

    await loadGenerated({ clickhouse: events.clickhouse, database: own, days: 3, endingOn });
    expect(await events.fingerprint(own, `toDate(timestamp) <= '2026-03-01'`)).toEqual(before);
    const lastDays = `toDate(timestamp) >= '2026-02-28'`;
    expect(await events.fingerprint(own, lastDays)).toEqual(await events.fingerprint(database, lastDays));
  });

  test('each day has its events, of all kinds, fewer at weekends', async () => {
    const days = await events.select<{ date: string; weekend: number; n: number; kinds: string[] }>(
      database,
      `SELECT toString(toDate(timestamp)) AS date, toDayOfWeek(timestamp) > 5 AS weekend, count() AS n, arraySort(groupUniqArray(event)) AS kinds
       FROM events GROUP BY ALL ORDER BY date`,
    );
    expect(days).toHaveLength(45);
    expect([days[0]?.date, days.at(-1)?.date]).toEqual(['2026-01-17', endingOn]);
    for (const { weekend, n, kinds } of days) {
      expect(kinds).toEqual(['$ai_embedding', '$ai_generation', '$ai_span', '$ai_trace', '$pageview']);
      expect(n).toBeGreaterThan(weekend ? 3_500 : 6_000);
      expect(n).toBeLessThan(weekend ? 5_000 : 8_000);
    }
  });

  test('teams are of very different sizes', async () => {
    const sizes = await events.select<{ team_id: number; n: number }>(
      database,
      'SELECT team_id, count() AS n FROM events GROUP BY 1 ORDER BY 1',
    );
    expect(sizes.map(({ team_id }) => team_id)).toEqual([...GENERATED_TEAMS]);
    expect(sizes[0]!.n).toBeGreaterThan(4 * sizes.at(-1)!.n);
  });

  test('traces are coherent: one trace event each, its steps’ session, user and latency', async () => {
    expect(
      await events.select(
        database,
        `SELECT countIf(traces != 1) AS without, countIf(steps = 0) AS empty, countIf(sessions != 1) AS torn, countIf(users != 1) AS shared,
           countIf(abs(whole - parts) > 0.001) AS slow, countIf(failed_whole != (failed_parts > 0)) AS unlike, max(in_session) AS longest
         FROM (
           SELECT *, uniqExact(trace) OVER (PARTITION BY session) AS in_session FROM (
             SELECT ${property('$ai_trace_id', 'String')} AS trace, any(${property('$ai_session_id', 'String')}) AS session,
               uniqExact(${property('$ai_session_id', 'String')}) AS sessions, uniqExact(team_id, distinct_id) AS users,
               countIf(event = '$ai_trace') AS traces, countIf(event != '$ai_trace') AS steps,
               sumIf(${property('$ai_latency', 'Float64')}, event = '$ai_trace') AS whole,
               sumIf(${property('$ai_latency', 'Float64')}, event != '$ai_trace') AS parts,
               countIf(event = '$ai_trace' AND failed) AS failed_whole, countIf(event != '$ai_trace' AND failed) AS failed_parts
             FROM (SELECT DISTINCT uuid, event, properties, team_id, distinct_id,
                     JSONExtractRaw(properties, '$ai_is_error') IN ('true', '"true"', '1')
                       OR JSONExtractRaw(properties, '$ai_error') NOT IN ('', 'null', '""') AS failed
                   FROM events WHERE startsWith(event, '$ai_'))
             GROUP BY trace))`,
      ),
    ).toEqual([{ without: 0, empty: 0, torn: 0, shared: 0, slow: 0, unlike: 0, longest: 4 }]);
  });

  test('tokens and costs add up, and are not reported by some calls', async () => {
    const [sums] = await events.select<Record<string, number>>(
      database,
      `SELECT countIf(isNotNull(total) AND total != input + output) AS wrong_tokens,
         countIf(isNotNull(cost) AND abs(cost - input_cost - output_cost) > 1e-8) AS wrong_costs,
         countIf(isNull(total)) / count() AS unreported, countIf(cached > input) AS wrong_cached, avg(cost) AS mean_cost
       FROM (
         SELECT ${property('$ai_total_tokens', 'Nullable(UInt64)')} AS total, ${property('$ai_input_tokens', 'UInt64')} AS input,
           ${property('$ai_output_tokens', 'UInt64')} AS output, ${property('$ai_cache_read_input_tokens', 'UInt64')} AS cached,
           ${property('$ai_total_cost_usd', 'Nullable(Float64)')} AS cost, ${property('$ai_input_cost_usd', 'Float64')} AS input_cost,
           ${property('$ai_output_cost_usd', 'Float64')} AS output_cost
         FROM events WHERE event IN ('$ai_generation', '$ai_embedding'))`,
    );
    expect(sums).toMatchObject({ wrong_tokens: 0, wrong_costs: 0, wrong_cached: 0 });
    expect(sums!['unreported']).toBeGreaterThan(0.02);
    expect(sums!['unreported']).toBeLessThan(0.1);
    expect(sums!['mean_cost']).toBeGreaterThan(0.0005);
    expect(sums!['mean_cost']).toBeLessThan(0.05);
  });

  test('errors come in all their forms, and so do successes', async () => {
    const forms = await events.select<{ form: string }>(
      database,
      `SELECT DISTINCT concat(JSONExtractRaw(properties, '$ai_is_error'), '|', toString(JSONType(properties, '$ai_error'))) AS form
       FROM events WHERE event = '$ai_generation' ORDER BY form`,
    );
    expect(forms.map(({ form }) => form)).toEqual([
      '"true"|Null',
      '1|Null',
      'false|Null',
      'false|String',
      'true|Null',
      'true|String',
      '|Null',
      '|Object',
      '|String',
    ]);
  });

  test('a few events are delivered twice, and none before it happened or after its day', async () => {
    expect(
      await events.select(
        database,
        `SELECT count() - uniqExact(uuid) BETWEEN 300 AND 1500 AS some_twice, uniqExact(uuid) = uniqExact(uuid, timestamp, properties) AS same,
           countIf(created_at < timestamp) AS early, countIf(toDate(created_at) != toDate(timestamp)) AS next_day, countIf(team_id NOT IN (${teams})) AS others
         FROM events`,
      ),
    ).toEqual([{ some_twice: 1, same: 1, early: 0, next_day: 0, others: 0 }]);
  });
});
