/** What weeks and months say where days are missing, or were computed otherwise: nothing that would be another number. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../clickhouse/database.js';
import { migrate } from '../../clickhouse/migrate.js';
import { SCHEMA_DIR } from '../../clickhouse/migrations.js';
import { schemaProblems } from '../../clickhouse/check-schema.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';
import { addUsers, USERS, WITH_STATES } from '../support/states.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
// A Monday and the days after it.
const [MONDAY, TUESDAY, WEDNESDAY, THURSDAY] = ['2026-03-09', '2026-03-10', '2026-03-11', '2026-03-12'];

/** The week of a metric of team 1. */
async function week(metric: string) {
  const rows = await harness.select<{ date: string }>(
    `SELECT toString(w.date) AS date, metric_value, days, days_computed FROM llma_metrics_weekly AS w WHERE team_id = 1 AND metric_name = {metric:String}`,
    { metric },
  );
  expect(rows.every(({ date }) => date === MONDAY)).toBe(true);
  return rows.map(({ date: _, ...row }) => row);
}

const withoutStates = () =>
  Object.fromEntries(Object.entries(shippedFiles()).filter(([name]) => !name.startsWith('states/')));
const properties = { $ai_trace_id: 't', $ai_latency: 2, $ai_input_tokens: 5 };

describe('days that were computed before there were states', () => {
  test('what days’ values make is there; percentiles and distinct ids are when the days were computed again', async () => {
    await addEvents(harness, { day: MONDAY, count: 2, properties }, { day: TUESDAY, count: 3, properties });
    harness.templates(withoutStates());
    await pipeline.backfill([MONDAY, TUESDAY]);
    const both = { days: 2, days_computed: 2 };
    const sums = async () => [
      await week('ai_generation_count'),
      await week('ai_generation_input_tokens'),
      await week('ai_generation_latency_mean'),
      await week('ai_generation_error_rate'),
    ];
    const expected = [5, 25, 2, 0].map((metric_value) => [{ metric_value, ...both }]);
    expect(await sums()).toEqual(expected);
    const others = async () => [
      await week('ai_generation_latency_p95'),
      await week('ai_trace_id_count'),
      await week('ai_generation_traces'),
      await week('ai_trace_id_has_error_rate'),
    ];
    expect(await others()).toEqual([[], [], [], []]);

    harness.templates(shippedFiles());
    await pipeline.backfill([TUESDAY]);
    // Of Tuesday alone they would be the numbers of another week.
    expect(await others()).toEqual([[], [], [], []]);
    await pipeline.backfill([MONDAY]);
    expect(await others()).toEqual([2, 1, 1, 0].map((metric_value) => [{ metric_value, ...both }]));
    expect(await sums()).toEqual(expected);
  });
});

test('a day that has no events is computed, and in no value', async () => {
  harness.templates(WITH_STATES);
  await addUsers(harness, MONDAY, 3);
  await addUsers(harness, WEDNESDAY, 5);
  await pipeline.backfill([MONDAY, TUESDAY, WEDNESDAY]);
  expect(await week('users')).toEqual([{ metric_value: 5, days: 2, days_computed: 3 }]);
  await addUsers(harness, THURSDAY, 9);
  await pipeline.backfill([THURSDAY]);
  expect(await week('users')).toEqual([{ metric_value: 9, days: 3, days_computed: 4 }]);
});

test('distinct ids are no fewer than on the greatest day, and no more than on all together, whatever a sketch says', async () => {
  // Sketches that are far off, as shipped ones never are: of the events, and of one id.
  const of = (id: string) => ({
    ...WITH_STATES,
    'states/users': WITH_STATES['states/users'].replace('(user_id)', `(${id})`),
  });
  harness.templates(of('event_id'));
  for (const day of [MONDAY, TUESDAY]) for (let i = 0; i < 3; i++) await addUsers(harness, day, 20);
  await pipeline.backfill([MONDAY]);
  expect(await week('users')).toMatchObject([{ metric_value: 20, days: 1 }]);
  await pipeline.backfill([TUESDAY]);
  expect(await week('users')).toMatchObject([{ metric_value: 40, days: 2 }]);
  harness.templates(of("'one'"));
  await pipeline.backfill([MONDAY, TUESDAY]);
  expect(await week('users')).toMatchObject([{ metric_value: 20, days: 2 }]);
});

test('a day that is computed again counts once', async () => {
  harness.templates(WITH_STATES);
  await addUsers(harness, MONDAY, 3);
  await pipeline.backfill([MONDAY]);
  await addUsers(harness, MONDAY, 4);
  await pipeline.backfill([MONDAY]);
  await pipeline.backfill([MONDAY]);
  expect(await week('users')).toEqual([{ metric_value: 4, days: 1, days_computed: 1 }]);
});

test('a distinct count without states has no row, however it looks', async () => {
  harness.templates({ users: USERS });
  await addUsers(harness, MONDAY, 3);
  await pipeline.backfill([MONDAY]);
  expect(await week('users')).toEqual([]);
});

test('a rate whose denominator was not computed on all of its days has no row', async () => {
  await addEvents(harness, { day: MONDAY, count: 2 }, { day: TUESDAY, count: 2, properties: { $ai_is_error: true } });
  await pipeline.backfill([MONDAY]);
  await pipeline.backfill([TUESDAY], { metrics: ['error_rates'] });
  expect(await week('ai_generation_error_count')).toEqual([{ metric_value: 2, days: 1, days_computed: 2 }]);
  expect(await week('ai_generation_error_rate')).toEqual([]);
  await pipeline.backfill([TUESDAY], { metrics: ['event_counts'] });
  expect(await week('ai_generation_error_rate')).toEqual([{ metric_value: 50, days: 2, days_computed: 2 }]);
});

test.each<[string, RegExp, string?]>([
  ['before there were states', /^00000[0-6]_/],
  [
    'states of 17 bits',
    /^0000(0\d|10)_/,
    `SELECT '${MONDAY}', 1, 'ai_user_id_count', quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(1., false), uniqCombined64State('u')`,
  ],
])('a database of %s: its rows stay, and roll up as far as they can', async (_, migrations, state) => {
  const name = `${harness.name}_old`;
  const settings = { ...harness.settings, clickhouse: { ...harness.settings.clickhouse, database: name } };
  const directory = temporaryDirectory({});
  for (const file of readdirSync(SCHEMA_DIR)) {
    if (migrations.test(file)) cpSync(join(SCHEMA_DIR, file), join(directory, file));
  }
  const database = openDatabase(settings.clickhouse);
  try {
    await migrate(settings, { directory });
    const rows = [
      `('${MONDAY}', 1, 'ai_generation_count', 3)`,
      `('${TUESDAY}', 1, 'ai_generation_count', 4)`,
      `('${MONDAY}', 1, 'ai_user_id_count', 2)`,
    ].join();
    await harness.command(`INSERT INTO ${name}.llma_metrics_daily VALUES ${rows}`);
    await harness.command(
      `INSERT INTO ${name}.llma_partition_runs (date, status) VALUES ('${MONDAY}', 'published'), ('${TUESDAY}', 'published')`,
    );
    if (state) await harness.command(`INSERT INTO ${name}.llma_metrics_daily_state ${state}`);
    const problems = await schemaProblems(database);
    expect(problems).toEqual([
      expect.stringContaining(`${name}.llma_metrics_versions has no column "snapshot" (UInt64): run "llma migrate"`),
      `${name}.llma_metrics_states is missing: run "llma migrate"`,
      `${name}.llma_metrics_states_versions is missing: run "llma migrate"`,
    ]);
    const pending = readdirSync(SCHEMA_DIR).filter((file) => /^\d/.test(file) && !migrations.test(file));
    expect(await migrate(settings)).toEqual(pending);
    expect(await schemaProblems(database)).toEqual([]);
    expect(await harness.select(`SELECT count() AS n FROM ${name}.llma_metrics_daily`)).toEqual([{ n: 3 }]);
    for (const [view, days_in_period] of [
      ['weekly', 7],
      ['monthly', 31],
    ]) {
      const found = await harness.select(
        `SELECT metric_name, metric_value, days, days_computed, days_in_period FROM ${name}.llma_metrics_${view}`,
      );
      expect(found).toEqual([
        { metric_name: 'ai_generation_count', metric_value: 7, days: 2, days_computed: 2, days_in_period },
      ]);
    }
  } finally {
    await database.close();
    await harness.command(`DROP DATABASE ${name} SYNC`);
  }
});

test('weeks and months are the same SQL but for the period', () => {
  const text = (file: string) =>
    harness.database
      .statement(`schema/${file}`, { on_cluster: '', mergeable: 'STATES' })
      .replaceAll(/^--.*\n/gm, '')
      .replaceAll(/toMonday|toStartOfMonth/g, 'PERIOD')
      .replaceAll(/llma_metrics_(weekly|monthly)/g, 'VIEW')
      .replace(/(7|toDayOfMonth\(toLastDayOfMonth\(rolled\.date\)\)) AS days_in_period/, 'DAYS');
  expect(text('000021_metrics_monthly.sql')).toBe(text('000020_metrics_weekly.sql'));
});
