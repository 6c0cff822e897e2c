/** The views that analysts read say the same in every session, whatever its settings. */
import { ClickHouseLogLevel, createClient, type ClickHouseSettings } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Harness } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { Pipeline } from '../support/pipeline.js';
import { READONLY_USER, SESSION_SETTINGS } from '../support/session-settings.js';
import { shippedFiles } from '../support/shipped-files.js';

const harness = new Harness(inject('clickhouseUrl'), {});
const client = createClient({
  url: inject('clickhouseUrl'),
  database: harness.name,
  log: { level: ClickHouseLogLevel.OFF },
});
/** Two days of one week, and of two months: in whichever order they are added, the sum is the same. */
const [SATURDAY, SUNDAY] = ['2026-01-31', '2026-02-01'];

const NUMBERS = { output_format_json_quote_64bit_integers: 0 } as const;

interface Session {
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly user?: string;
}

/** Columns with their types, and rows. */
interface Answer {
  readonly meta: readonly { name: string; type: string }[];
  readonly data: readonly unknown[][];
}

async function answer(query: string, { settings, user }: Session = {}): Promise<Answer> {
  const result = await client.query({
    query,
    format: 'JSONCompact',
    // How numbers are written is no matter of views.
    ...(settings ? { clickhouse_settings: { ...(settings as ClickHouseSettings), ...NUMBERS } } : {}),
    ...(user ? { auth: { username: user, password: '' } } : {}),
  });
  const { meta, data } = await result.json<unknown[]>();
  const ordered = data.map((row) => JSON.stringify(row)).sort();
  return { meta: meta ?? [], data: ordered.map((row) => JSON.parse(row) as unknown[]) };
}

/** What each view says, by name. */
const views = new Map<string, Answer>();
const rowsOf = (view: string) => {
  const { meta, data } = views.get(view)!;
  return data.map((row) => Object.fromEntries(meta.map(({ name }, index) => [name, row[index]])));
};

beforeAll(async () => {
  await harness.open();
  harness.templates(shippedFiles());
  const pipeline = new Pipeline(harness);
  const properties = { $ai_trace_id: 't', $ai_model: 'm', $ai_tool_name: 's', $ai_input_tokens: 5 };
  for (const day of [SATURDAY, SUNDAY]) {
    await addEvents(
      harness,
      { day, count: 3, properties: { ...properties, $ai_latency: 0.3 } },
      { day, count: 4, properties: { ...properties, $ai_latency: 8.8243, $ai_is_error: true } },
    );
    await pipeline.backfill([day]);
  }
  await pipeline.cleanUp();
  // What joins and aggregates find nothing for: a period of which no day is known to be published, and a day that never was.
  await harness.command(`INSERT INTO llma_metrics_daily VALUES ('2025-06-03', 1, 'ai_generation_count', 5)`);
  await harness.command(`INSERT INTO llma_partition_runs (date, status) VALUES ('2026-02-02', 'failed')`);
  const found = await harness.select<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${harness.name}' AND engine = 'View' ORDER BY name`,
  );
  for (const { name } of found) views.set(name, await answer(`SELECT * FROM ${name}`));
});

afterAll(async () => {
  await client.close();
  await harness.close();
});

async function expectTheSame(session: Session): Promise<void> {
  for (const [view, expected] of views) expect(await answer(`SELECT * FROM ${view}`, session), view).toEqual(expected);
}

test('there is something of everything in the views', () => {
  expect([...views.keys()]).toEqual([
    'llma_metrics_daily_by',
    'llma_metrics_daily_state',
    'llma_metrics_monthly',
    'llma_metrics_weekly',
    'llma_partition_status',
  ]);
  for (const view of views.keys()) expect(rowsOf(view).length, view).toBeGreaterThan(2);
  expect(rowsOf('llma_partition_status').map(({ status }) => status)).toEqual(['published', 'published', 'failed']);
  expect(rowsOf('llma_metrics_weekly')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ date: '2025-06-02', metric_value: 5, days: 1, days_computed: 0 }),
      expect.objectContaining({ metric_name: 'ai_trace_id_count', metric_value: 1, days: 2, days_computed: 2 }),
      expect.objectContaining({ metric_name: 'ai_generation_latency_p95', metric_value: 8.8243 }),
      expect.objectContaining({ metric_name: 'ai_generation_error_rate', metric_value: 57.14 }),
    ]),
  );
});

describe('the same rows and types', () => {
  const older = { enable_analyzer: 0 };
  const each: [string, string | number][] = Object.entries(SESSION_SETTINGS);
  test.each<[string, string | number]>([
    ...each,
    ['union_default_mode', ''],
    ['enable_analyzer', 0],
    ['join_algorithm', 'full_sorting_merge'],
    ['join_algorithm', 'partial_merge'],
    ['session_timezone', 'America/Los_Angeles'],
    ['date_time_overflow_behavior', 'throw'],
    ['max_block_size', 1],
    // What profiles of servers that were upgraded say.
    ['compatibility', '23.8'],
    ['compatibility', '25.8'],
  ])('with %s = %j', async (name, value) => {
    await expectTheSame({ settings: { [name]: value } });
    await expectTheSame({ settings: { ...older, [name]: value } });
  });

  test('with all at once', async () => {
    await expectTheSame({ settings: SESSION_SETTINGS });
    await expectTheSame({ settings: { ...SESSION_SETTINGS, ...older } });
  });

  test('for a user who may change none of them', async () => {
    const user = READONLY_USER.name;
    await expect(answer('SELECT 1', { user, settings: { join_use_nulls: 0 } })).rejects.toThrow('readonly mode');
    await expectTheSame({ user });
  });
});

test('states merge, as docs/metrics.md says, where aggregates of no rows are NULL', async () => {
  const merge = `SELECT uniqCombined64MergeOrDefault(13)(uniques) AS ids, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(quantiles) AS seconds
    FROM llma_metrics_daily_state WHERE metric_name IN ('ai_trace_id_count', 'ai_generation_latency')`;
  const { data } = await answer(merge);
  expect(data).toEqual([[1, [8.8243, 8.8243, 8.8243, 8.8243]]]);
  expect((await answer(merge, { settings: { aggregate_functions_null_for_empty: 1 } })).data).toEqual(data);
});
