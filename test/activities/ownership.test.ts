import { describe, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { percentile } from '../support/states.js';
import { ledger, liveRows, markers } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT] = ['2026-03-10', '2026-03-11'];
const X1 = rowsTemplate([1, 'x', 1]);
const live = async () => (await liveRows(harness)).map((row) => [row.date, row.metric_name, row.metric_value]);

test('whose metrics they are is asked only where a template has rows that is not computed now', async () => {
  harness.templates({ a: X1, b: rowsTemplate([1, 'y', 1]) });
  const { database } = harness;
  const { select } = database;
  let asked = 0;
  Object.assign(database, {
    select: (...args: Parameters<typeof select>) => {
      if (args[0].includes('AS taken')) asked++;
      return select(...args);
    },
  });
  try {
    for (let times = 0; times < 2; times++) await pipeline.computeAndAccept([DAY]);
    expect(asked).toBe(0);
    await pipeline.computeAndAccept([DAY], { metrics: ['a'] });
    expect(asked).toBe(1);
  } finally {
    Object.assign(database, { select });
  }
});

describe('two templates with one metric', () => {
  const message = (day: string, metrics = '"x" of sql/b.sql') =>
    `partition ${day} was not accepted: ${metrics} belongs to the template a: ` +
    'give the metric another name, or compute both templates together once the other no longer returns it';

  test('are named, and the day keeps what it had', async () => {
    harness.templates({ a: X1 });
    await pipeline.backfill([DAY]);
    harness.templates({ a: X1, b: rowsTemplate([2, 'x', 9], [2, 'free', 9]) });
    expect(await pipeline.computeAndAccept([DAY], { metrics: ['b'] })).toEqual({
      accepted: [],
      superseded: [],
      conflicts: [{ partition: DAY, message: message(DAY) }],
    });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([[DAY, 'x', 1]]);
    expect(await ledger(harness, 'status')).toEqual([{ status: 'computed' }, { status: 'published' }]);
  });

  test('hold back only the days on which they meet', async () => {
    harness.templates({ a: X1 });
    await pipeline.backfill([DAY]);
    harness.templates({ a: X1, b: rowsTemplate([2, 'x', 9]) });
    const output = await pipeline.computeAndAccept([DAY, NEXT], { metrics: ['b'] });
    expect(output).toMatchObject({ accepted: [NEXT], conflicts: [{ partition: DAY }] });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([
      [DAY, 'x', 1],
      [NEXT, 'x', 9],
    ]);
  });

  test('are no conflict once both are computed together, and the first gave the metric up', async () => {
    harness.templates({ a: X1 });
    await pipeline.backfill([DAY]);
    harness.templates({ a: rowsTemplate([1, 'y', 1]), b: rowsTemplate([1, 'x', 9]) });
    expect(await pipeline.computeAndAccept([DAY])).toMatchObject({ accepted: [DAY], conflicts: [] });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([
      [DAY, 'x', 9],
      [DAY, 'y', 1],
    ]);
  });

  test('with many metrics: five are shown', async () => {
    const many = rowsTemplate(...['p', 'q', 'r', 's', 't', 'u'].map((metric) => [1, metric, 1] as const));
    harness.templates({ a: many });
    await pipeline.backfill([DAY]);
    harness.templates({ a: many, b: many });
    const { conflicts } = await pipeline.computeAndAccept([DAY], { metrics: ['b'] });
    expect(conflicts[0]!.message.match(/of sql\/b\.sql/g)).toHaveLength(5);
  });
});

describe('two templates with states of one name', () => {
  const [P50, P95] = [percentile('a', 'p50'), percentile('b', 'p95')];
  const states = () =>
    harness.select<{ metric_name: string }>('SELECT metric_name FROM llma_metrics_states ORDER BY ALL');

  test('are named, and the day keeps what it had', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates(P50);
    await pipeline.backfill([DAY]);
    harness.templates({ ...P50, ...P95 });
    expect(await pipeline.computeAndAccept([DAY, NEXT], { metrics: ['b'] })).toEqual({
      accepted: [NEXT],
      superseded: [],
      conflicts: [
        {
          partition: DAY,
          message:
            `partition ${DAY} was not accepted: the state "latency" of sql/states/b.sql belongs to the template a: ` +
            'give the state another name, or compute both templates together once the other no longer returns it',
        },
      ],
    });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([[DAY, 'latency_p50', 3]]);
    expect(await states()).toEqual([{ metric_name: 'latency' }]);
  });

  test('and computed together: both are named', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates({ ...P50, ...P95 });
    expect(await failureOf(pipeline.compute([DAY]))).toEqual({
      type: 'TemplateError',
      nonRetryable: true,
      message: `sql/states/a.sql and sql/states/b.sql for partition ${DAY} returned states "latency" of the same team: give them another name in one of the two, and the metrics that they stand beside`,
    });
  });

  test('of different teams meet nowhere', async () => {
    await addEvents(harness, { day: DAY, count: 3 }, { day: DAY, count: 3, team: 2 });
    harness.templates({
      ...percentile('a', 'p50', 'latency', 'team_id = 1'),
      ...percentile('b', 'p95', 'latency', 'team_id = 2'),
    });
    expect(await pipeline.backfill([DAY])).toMatchObject({ changed: [DAY] });
    expect(await states()).toHaveLength(2);
  });

  test('are no conflict when the first was renamed: its states go with it', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    harness.templates(P50);
    await pipeline.backfill([DAY]);
    harness.templates(percentile('renamed', 'p50'));
    expect(await pipeline.computeAndAccept([DAY])).toMatchObject({ accepted: [DAY], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [DAY] });
    expect(await states()).toEqual([{ metric_name: 'latency' }]);
  });
});

describe('a template that is gone', () => {
  test('and all of whose metrics come from others was renamed: it is closed in the same step', async () => {
    harness.templates({ old: rowsTemplate([1, 'x', 1], [1, 'y', 1], [2, 'x', 1]), stays: rowsTemplate([1, 'z', 1]) });
    await pipeline.backfill([DAY]);
    harness.templates({
      new_x: rowsTemplate([1, 'x', 2]),
      new_y: rowsTemplate([1, 'y', 2]),
      stays: rowsTemplate([1, 'z', 1]),
    });
    const output = await pipeline.computeAndAccept([DAY], { metrics: ['new_x', 'new_y'] });
    expect(output).toMatchObject({ accepted: [DAY], conflicts: [] });
    const closed = (await markers(harness)).filter(({ template }) => template === 'old');
    expect(closed.map(({ rows }) => rows)).toEqual([3, 0]);
    expect(closed[1]!.version).toBeGreaterThan(closed[0]!.version);

    await pipeline.publish(DAY);
    expect(await live()).toEqual([
      [DAY, 'x', 2],
      [DAY, 'y', 2],
      [DAY, 'z', 1],
    ]);
    // Closed, it is no longer among the templates that explain the day.
    const [status] = await harness.select<{ templates: Record<string, string> }>(
      'SELECT templates FROM llma_partition_status',
    );
    expect(Object.keys(status!.templates).sort()).toEqual(['new_x', 'new_y', 'stays']);
    expect(Object.values(status!.templates)).toEqual(
      [1, 2, 3].map(() => expect.stringMatching(/^[0-9a-f]{64}$/) as string),
    );
    // The next computation finds nothing to close.
    expect(await pipeline.computeAndAccept([DAY], { metrics: ['new_x', 'new_y'] })).toMatchObject({ conflicts: [] });
    expect((await markers(harness)).filter(({ template }) => template === 'old')).toHaveLength(2);
  });

  test('and some of whose metrics nobody returns is a conflict: nothing vanishes by itself', async () => {
    harness.templates({ old: rowsTemplate([1, 'x', 1], [1, 'y', 1]) });
    await pipeline.backfill([DAY]);
    harness.templates({ new_x: rowsTemplate([1, 'x', 2]) });
    const { accepted, conflicts } = await pipeline.computeAndAccept([DAY]);
    expect([accepted, conflicts.length]).toEqual([[], 1]);
    expect(conflicts[0]!.message).toContain('"x" of sql/new_x.sql belongs to the template old');
  });

  test('and whose metrics nobody takes keeps its rows', async () => {
    harness.templates({ old: X1 });
    await pipeline.backfill([DAY]);
    harness.templates({ other: rowsTemplate([1, 'z', 1]) });
    expect(await pipeline.computeAndAccept([DAY])).toMatchObject({ accepted: [DAY], conflicts: [] });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([
      [DAY, 'x', 1],
      [DAY, 'z', 1],
    ]);
  });
});

describe('a template that is renamed while a chunk is computed: one worker has the old file, another the new one', () => {
  const OLD = { old: rowsTemplate([1, 'x', 1]) };
  const RENAMED = { renamed: rowsTemplate([1, 'x', 2]) };

  /** Two published days, of which the first is computed again with the old file and the second with the new one. */
  async function compute() {
    harness.templates(OLD);
    await pipeline.backfill([DAY, NEXT]);
    const candidates = await pipeline.open();
    const first = await pipeline.computeDay(candidates, DAY);
    harness.templates(RENAMED);
    return { candidates, days: [first, await pipeline.computeDay(candidates, NEXT)] };
  }

  test('each day is judged by its own templates, and the month is published', async () => {
    const computed = await compute();
    expect(await pipeline.accept(computed)).toEqual({ accepted: [DAY, NEXT], superseded: [], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ rows: 2, changed: [DAY, NEXT] });
    expect(await live()).toEqual([
      [DAY, 'x', 1],
      [NEXT, 'x', 2],
    ]);
  });

  test('whoever still has the old file accepts what cannot meet, and the month is published', async () => {
    const computed = await compute();
    harness.templates(OLD);
    const output = await pipeline.accept(computed);
    expect(output).toMatchObject({ accepted: [DAY], conflicts: [{ partition: NEXT }] });
    expect(output.conflicts[0]!.message).toContain('"x" of sql/renamed.sql belongs to the template old');
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [DAY] });
    expect(await live()).toEqual([
      [DAY, 'x', 1],
      [NEXT, 'x', 1],
    ]);
  });
});

test('a template that is computed alone leaves the others’ rows as they are', async () => {
  harness.templates({ a: X1, b: rowsTemplate([1, 'y', 1]) });
  await pipeline.backfill([DAY]);
  harness.templates({ a: rowsTemplate([1, 'x', 2]), b: rowsTemplate([1, 'y', 2]) });
  expect(await pipeline.backfill([DAY], { metrics: ['a'] })).toMatchObject({ rows: 2, changed: [DAY] });
  expect(await live()).toEqual([
    [DAY, 'x', 2],
    [DAY, 'y', 1],
  ]);
});
