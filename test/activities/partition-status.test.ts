import { expect, test } from 'vitest';
import { parsePartition } from '../../config/partition.js';
import { withDatabase, WORKFLOW_ID } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT, NEVER] = ['2026-03-10', '2026-03-11', '2026-03-12'].map((day) => parsePartition(day)) as [
  never,
  never,
  never,
];

interface Status {
  date: string;
  status: string;
  rows: number;
  templates: Record<string, string>;
  published_at: string | null;
  last_attempt_at: string;
  last_attempt_status: string;
  last_attempt_error: string;
}

async function status(): Promise<Status[]> {
  return await harness.select(
    'SELECT toString(s.date) AS day, s.* REPLACE(toString(s.date) AS date) FROM llma_partition_status AS s ORDER BY day',
  );
}

test('one row a day that anything ended for; a day that never was computed has none', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  await pipeline.backfill([DAY, NEXT]);
  await pipeline.backfill([DAY]);
  const rows = await status();
  expect(rows.map(({ date, status: is, rows: n }) => [date, is, n])).toEqual([
    [DAY, 'published', 2],
    [NEXT, 'published', 0],
  ]);
  expect(rows.some(({ date }) => date === NEVER)).toBe(false);
});

test('what is visible and what failed last stand side by side', async () => {
  await addEvents(harness, { day: DAY, count: 3 }, { day: DAY, count: 1, deliveries: 2 });
  const computed = await pipeline.compute([DAY]);
  await pipeline.accept(computed);
  await pipeline.publish(DAY);
  const error = 'TemplateError: sql/x.sql for partition 2026-03-10: ClickHouse 62: Syntax error';
  await harness.run('recordOutcomes', { days: [{ partition: DAY, status: 'failed', error }] });
  const [row, ...others] = await status();
  expect(others).toEqual([]);
  const day = computed.days[0]!;
  expect(row).toMatchObject({
    date: DAY,
    status: 'published',
    rows: 2,
    source_rows: 4,
    duplicates: 1,
    templates: day.templates,
    workflow_id: WORKFLOW_ID,
    workflow_run_id: harness.runId,
    last_attempt_status: 'failed',
    last_attempt_error: error,
  });
  expect(row!.published_at! < row!.last_attempt_at).toBe(true);
  // The next success says so.
  await pipeline.backfill([DAY]);
  expect((await status())[0]).toMatchObject({
    status: 'published',
    last_attempt_status: 'published',
    last_attempt_error: '',
  });
});

test('a day that only ever failed, or was cancelled, has that status, no rows, and was never published', async () => {
  await harness.run('recordOutcomes', {
    days: [
      { partition: DAY, status: 'failed', error: 'no' },
      { partition: NEXT, status: 'cancelled', error: 'the run was cancelled' },
    ],
  });
  const found = await status();
  expect(found).toMatchObject([
    { date: DAY, status: 'failed', rows: 0, published_at: null, snapshot_at: null, last_attempt_error: 'no' },
    { date: NEXT, status: 'cancelled', published_at: null, last_attempt_status: 'cancelled' },
  ]);
  expect(found.map(({ templates }) => templates)).toEqual([{}, {}]);
});

test('a day that was accepted and is not visible yet is computed', async () => {
  await pipeline.computeAndAccept([DAY]);
  expect(await status()).toMatchObject([{ date: DAY, status: 'computed', rows: 0, published_at: null }]);
});

test('nothing to record is nothing recorded', async () => {
  await harness.run('recordOutcomes', { days: [] });
  expect(await status()).toEqual([]);
});

test('the snapshot and the newest event are the instants that they were', async () => {
  await addEvents(harness, { day: DAY, count: 2 });
  const { candidates, days } = await pipeline.compute([DAY]);
  await pipeline.accept({ candidates, days });
  await pipeline.publish(DAY);
  const [row] = await harness.select<{ snapshot: number; newest: string; expected: string }>(
    `SELECT toUnixTimestamp64Micro(assumeNotNull(snapshot_at)) AS snapshot, toString(source_max_ingested_at) AS newest,
       (SELECT toString(toDateTime64(max(created_at), 6, 'UTC')) FROM events) AS expected FROM llma_partition_status`,
  );
  expect(row!.snapshot).toBe(days[0]!.snapshot);
  expect(row!.newest).toBe(row!.expected);
});

test('no events, no events of a team, never computed, skipped and never published: five different things', async () => {
  const [OTHER, EXPIRED, BLOCKED] = ['2026-03-13', '2026-03-14', '2026-03-15'].map((day) => parsePartition(day));
  await addEvents(harness, { day: DAY, count: 3, team: 1 }, { day: DAY, count: 2, team: 2 }, { day: NEXT, team: 3 });
  await pipeline.backfill([DAY, NEXT, OTHER!]);
  await harness.run('recordOutcomes', {
    days: [
      { partition: EXPIRED!, status: 'expired', error: 'its source rows have expired' },
      { partition: BLOCKED!, status: 'failed', error: 'no' },
    ],
  });
  const told = await harness.select(
    `WITH (SELECT groupUniqArray(d.date) FROM llma_metrics_daily AS d WHERE team_id = 3) AS days_of_3
     SELECT toString(s.date) AS day, status, source_rows AS events, teams, published_at IS NULL AS unpublished, has(days_of_3, s.date) AS has_3
     FROM llma_partition_status AS s ORDER BY day`,
  );
  expect(told).toEqual([
    // Computed: of the teams that had events, team 3 was none.
    { day: DAY, status: 'published', events: 5, teams: 2, unpublished: 0, has_3: 0 },
    { day: NEXT, status: 'published', events: 1, teams: 1, unpublished: 0, has_3: 1 },
    // Computed, and nobody had any.
    { day: OTHER, status: 'published', events: 0, teams: 0, unpublished: 0, has_3: 0 },
    { day: EXPIRED, status: 'expired', events: 0, teams: 0, unpublished: 1, has_3: 0 },
    { day: BLOCKED, status: 'failed', events: 0, teams: 0, unpublished: 1, has_3: 0 },
    // And the day between, which never was computed, has no row.
  ]);
  // The ledger itself says the same of the day without events: a computation that found none.
  expect(
    await harness.select(
      `SELECT status, source_rows AS events, teams FROM llma_partition_runs AS r WHERE r.date = '${OTHER}' ORDER BY recorded_at`,
    ),
  ).toEqual([
    { status: 'computed', events: 0, teams: 0 },
    { status: 'published', events: 0, teams: 0 },
  ]);
});

test('why an audit was overridden is said as long as rows of that computation are visible', async () => {
  const audit = `-- blocking: It is odd.\nSELECT concat('team ', toString(team_id)) AS message FROM {{ candidates }} WHERE metric_name = 'odd'`;
  const templates = (odd: string) =>
    harness.templates({ mine: rowsTemplate([1, odd, 1]), other: rowsTemplate([1, 'x', 1]), 'audits/odd': audit });
  const run = async (more: Parameters<typeof pipeline.compute>[1]) => {
    const { days, ...computed } = await pipeline.compute([DAY], more);
    const reason = more?.override === undefined ? {} : { reason: more.override };
    await pipeline.accept({ ...computed, days: days.map((day) => ({ ...day, ...reason })) });
    await pipeline.publish(DAY);
    return await harness.select('SELECT reason, audits.message AS messages FROM llma_partition_status');
  };
  templates('odd');
  const said = [{ reason: 'it is right', messages: ['team 1'] }];
  expect(await run({ override: 'it is right' })).toEqual(said);
  expect(await run({ metrics: ['other'] })).toEqual(said);
  templates('even');
  expect(await run({ metrics: ['mine'] })).toEqual([{ reason: '', messages: [] }]);
});
