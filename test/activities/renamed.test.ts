/** A template is renamed while its days are computed under both names: the later snapshot stays, and whoever it overtook says so. */
import { describe, expect, test } from 'vitest';
import type { QueryOptions } from '../../clickhouse/database.js';
import { lookAtMonths } from '../../clickhouse/look.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { percentile } from '../support/states.js';
import { ledger, liveRows, markers } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT] = ['2026-03-10', '2026-03-11'];
const live = async () => (await liveRows(harness)).map((row) => [row.date, row.metric_name, row.metric_value]);
const OLD = { old: rowsTemplate([1, 'm', 1]) };
const NEW = { new: rowsTemplate([1, 'm', 2]) };
const BOTH = { ...OLD, ...NEW };

/** Computed with one set of files, and overtaken by what is computed, accepted and published with another. */
async function overtaken(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  harness.templates(before);
  const early = await pipeline.compute([DAY]);
  harness.templates(after);
  await pipeline.backfill([DAY]);
  return early;
}

describe('a run that was overtaken under another name is superseded, and the month is published on', () => {
  test.each([
    ['by the new one, accepted by a worker that has the old file', OLD, NEW, OLD],
    ['by the new one, accepted by a worker that has the new file', OLD, NEW, NEW],
    ['by the old one, accepted by a worker that has the new file', NEW, OLD, NEW],
    ['by the old one, accepted by a worker that has the old file', NEW, OLD, OLD],
    ['by the new one, accepted after another renaming', OLD, NEW, { newest: rowsTemplate([1, 'm', 3]) }],
  ])('%s', async (_, before, after, files) => {
    const early = await overtaken(before, after);
    const visible = await live();
    harness.templates(files);
    expect(await pipeline.accept(early)).toEqual({ accepted: [], superseded: [DAY], conflicts: [] });
    expect(await markers(harness)).toHaveLength(1);
    expect((await ledger(harness, 'status')).map(({ status }) => status)).toEqual([
      'computed',
      'published',
      'superseded',
    ]);
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [] });
    expect(await live()).toEqual(visible);
    expect((await lookAtMonths(harness.database)).map(({ differs }) => differs)).toEqual([false]);
    // Others of its month, and the day itself, go on.
    expect(await pipeline.backfill([DAY, NEXT])).toMatchObject({ rows: 2, changed: [DAY, NEXT] });
  });

  test('and what was closed by the later one stays closed', async () => {
    harness.templates(OLD);
    await pipeline.backfill([DAY]);
    const early = await overtaken(OLD, NEW);
    harness.templates(OLD);
    expect(await pipeline.accept(early)).toMatchObject({ superseded: [DAY], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [] });
    expect(await live()).toEqual([[DAY, 'm', 2]]);
  });

  test('and the days that nobody overtook are accepted', async () => {
    harness.templates(OLD);
    const early = await pipeline.compute([DAY, NEXT]);
    harness.templates(NEW);
    await pipeline.backfill([DAY]);
    harness.templates(OLD);
    expect(await pipeline.accept(early)).toEqual({ accepted: [NEXT], superseded: [DAY], conflicts: [] });
    await pipeline.publish(DAY);
    expect(await live()).toEqual([
      [DAY, 'm', 2],
      [NEXT, 'm', 1],
    ]);
  });

  test('and so are its states', async () => {
    await addEvents(harness, { day: DAY, count: 3 });
    const early = await overtaken(percentile('old', 'p50'), percentile('new', 'p50'));
    harness.templates(percentile('old', 'p50'));
    expect(await pipeline.accept(early)).toEqual({ accepted: [], superseded: [DAY], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ rows: 1, changed: [] });
  });
});

describe('a day of which one template was overtaken under another name', () => {
  const STAYS = (value: number) => ({ stays: rowsTemplate([1, 'z', value]) });

  async function partly() {
    await addEvents(harness, { day: DAY, count: 3 });
    const [before, after] = [percentile('old', 'p50'), percentile('new', 'p50')];
    harness.templates({ ...before, ...STAYS(1), ...percentile('too', 'p95', 'other') });
    const early = await pipeline.compute([DAY]);
    await addEvents(harness, { day: DAY, count: 2 });
    harness.templates({ ...after, ...STAYS(2) });
    return { early, metrics: ['new', 'stays'] };
  }

  test('is accepted without it', async () => {
    const { early } = await partly();
    await pipeline.computeAndAccept([DAY], { metrics: ['new'] });
    expect(await pipeline.accept(early)).toEqual({ accepted: [DAY], superseded: [], conflicts: [] });
    expect((await markers(harness)).map(({ template }) => template)).toEqual(['new', 'stays', 'too']);
    expect(await pipeline.publish(DAY)).toMatchObject({ rows: 3, changed: [DAY] });
    expect(await harness.select('SELECT metric_name FROM llma_metrics_states ORDER BY ALL')).toEqual([
      { metric_name: 'latency' },
      { metric_name: 'other' },
    ]);
    const [said] = await ledger<{ rows: number; names: string[] }>(
      harness,
      'rows, arraySort(mapKeys(template_rows)) AS names',
      `status = 'published'`,
    );
    expect(said).toEqual({ rows: 3, names: ['new', 'stays', 'too'] });
  });

  test('and the others under their own is superseded', async () => {
    const { early, metrics } = await partly();
    await pipeline.computeAndAccept([DAY], { metrics });
    harness.templates(percentile('too', 'p95', 'other'));
    await pipeline.computeAndAccept([DAY]);
    expect(await pipeline.accept(early)).toEqual({ accepted: [DAY], superseded: [DAY], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ rows: 3 });
  });
});

test('two templates that are both there are no other names of one, whichever was computed last', async () => {
  const early = await overtaken(OLD, NEW);
  harness.templates(BOTH);
  const { accepted, superseded, conflicts } = await pipeline.accept(early);
  expect([accepted, superseded, conflicts.length]).toEqual([[], [], 1]);
  expect(conflicts[0]!.message).toContain('"m" of sql/old.sql belongs to the template new');
  await pipeline.publish(DAY);
  expect(await live()).toEqual([[DAY, 'm', 2]]);
});

test('a day with another conflict closes nothing', async () => {
  const kept = { kept: rowsTemplate([1, 'k', 1]) };
  harness.templates({ ...OLD, ...kept });
  await pipeline.backfill([DAY]);
  harness.templates({ ...NEW, ...kept, other: rowsTemplate([1, 'k', 2]) });
  const output = await pipeline.computeAndAccept([DAY], { metrics: ['new', 'other'] });
  expect(output).toMatchObject({ accepted: [], conflicts: [{ partition: DAY }] });
  expect((await markers(harness)).map(({ template }) => template)).toEqual(['kept', 'old']);
});

describe('two that are accepted at the same moment, between all looks and the INSERT', () => {
  const VERSIONS = /^INSERT INTO \S*llma_metrics_versions/m;

  /** What is accepted first when others begin to accept: once. */
  function before(what: RegExp, act: () => Promise<unknown>) {
    const { command, select } = harness.database;
    const restore = () => Object.assign(harness.database, { command, select });
    const wrap =
      <Result>(ask: (sql: string, options?: QueryOptions) => Promise<Result>) =>
      async (sql: string, options?: QueryOptions): Promise<Result> => {
        if (what.test(sql)) {
          restore();
          await act();
        }
        return await ask(sql, options);
      };
    Object.assign(harness.database, { command: wrap(command), select: wrap(select) });
    return restore;
  }

  async function computed() {
    harness.templates(OLD);
    const early = await pipeline.compute([DAY, NEXT]);
    harness.templates(NEW);
    return { early, late: await pipeline.compute([DAY]) };
  }

  const bothDays = [
    [DAY, 'm', 2],
    [NEXT, 'm', 1],
  ];

  test.each([
    ['the earlier one last', OLD],
    ['the earlier one last, by a worker that has the new file', NEW],
  ])('%s', async (_, files) => {
    const { early, late } = await computed();
    const restore = before(VERSIONS, async () => {
      harness.templates(NEW);
      expect(await pipeline.accept(late)).toMatchObject({ accepted: [DAY], superseded: [] });
      harness.templates(files);
    });
    harness.templates(files);
    const output = await pipeline.accept(early).finally(restore);
    expect(output).toEqual({ accepted: [DAY, NEXT], superseded: [DAY], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [DAY, NEXT] });
    expect(await live()).toEqual(bothDays);
  });

  test('the later one last', async () => {
    const { early, late } = await computed();
    const restore = before(VERSIONS, () => pipeline.accept(early));
    const output = await pipeline.accept(late).finally(restore);
    expect(output).toEqual({ accepted: [DAY], superseded: [], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [DAY, NEXT] });
    expect(await live()).toEqual(bothDays);
  });

  test('and whoever accepted last ends before it has looked again: its next attempt closes what it has left', async () => {
    const { early, late } = await computed();
    harness.templates(OLD);
    let restore = before(VERSIONS, async () => {
      await pipeline.accept(late);
      restore = before(/AS snapshot,/, () => Promise.reject(new Error('it has ended')));
    });
    await expect(pipeline.accept(early).finally(() => restore())).rejects.toThrow('it has ended');
    expect(await pipeline.accept(early)).toEqual({ accepted: [NEXT], superseded: [DAY], conflicts: [] });
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [DAY, NEXT] });
    expect(await live()).toEqual(bothDays);
  });
});
