/** States are accepted and published with the rows that they stand beside, and never seen twice. */
import { describe, expect, test } from 'vitest';
import type { QueryOptions } from '../../clickhouse/database.js';
import { PassingError } from '../../clickhouse/errors.js';
import { lookAtMonths } from '../../clickhouse/look.js';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { withDatabase } from '../support/activity-harness.js';
import { rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { addUsers, liveStates, statesOf, USERS, usersState, WITH_STATES } from '../support/states.js';
import { liveRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const [DAY, NEXT, LAST] = ['2026-03-10', '2026-03-11', '2026-03-12'];
const live = () => liveStates(harness);
const state = usersState;
const users = (day: string, count: number, team = 1) => addUsers(harness, day, count, team);

/** Lets the statement fail that says so. */
async function failing(words: string, work: () => Promise<unknown>): Promise<void> {
  const { database } = harness;
  const { command } = database;
  Object.assign(database, {
    command: (sql: string, options?: QueryOptions) =>
      sql.includes(words) ? Promise.reject(new PassingError('the worker was killed')) : command(sql, options),
  });
  try {
    await expect(work()).rejects.toThrow('the worker was killed');
  } finally {
    Object.assign(database, { command });
  }
}

test('what is visible of a day are the states of its visible rows; computed again, they take the place of the others', async () => {
  harness.templates(WITH_STATES);
  await users(DAY, 3);
  await users(NEXT, 2);
  expect(await pipeline.backfill([DAY, NEXT])).toMatchObject({ rows: 2, changed: [DAY, NEXT] });
  expect(await live()).toEqual([state(DAY, 3), state(NEXT, 2)]);
  await users(DAY, 5);
  expect(await pipeline.backfill([DAY])).toMatchObject({ changed: [DAY] });
  expect(await live()).toEqual([state(DAY, 5), state(NEXT, 2)]);
  expect((await liveRows(harness)).map(({ metric_value }) => metric_value)).toEqual([5, 2]);
  // Both versions of the day are there, and nobody sees the older one.
  expect(await statesOf(harness, 'llma_metrics_states_versions', "metric_name != ''")).toHaveLength(3);
  expect(await unfinishedMonths(harness.database)).toEqual([]);
  expect(await pipeline.publish(DAY)).toMatchObject({ changed: [] });
});

describe('an accept that died, and is tried again: states are visible once', () => {
  test.each([
    ['between states and rows', 'INTO `{}`.`llma_metrics_versions`', [1]],
    ['before the states', 'INTO `{}`.`llma_metrics_states_versions`', []],
  ])('%s', async (_, words, orphans) => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const computed = await pipeline.compute([DAY]);
    await failing(words.replace('{}', harness.name), () => pipeline.accept(computed));
    expect(await statesOf(harness, 'llma_metrics_states_versions', "metric_name != ''")).toHaveLength(orphans.length);
    // Whoever publishes now shows nothing of it.
    await pipeline.publish(DAY);
    expect(await live()).toEqual([]);
    expect(await unfinishedMonths(harness.database)).toEqual([]);
    await pipeline.accept(computed);
    await pipeline.accept(computed);
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: [DAY] });
    expect(await live()).toEqual([state(DAY, 3)]);
  });

  test('what died for ever is swept, but not before a day has passed', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    const computed = await pipeline.compute([DAY]);
    const words = `INTO \`${harness.name}\`.\`llma_metrics_versions\``;
    await failing(words, () => pipeline.accept(computed));
    expect(await harness.run('sweepVersions', { olderThanDays: 0 })).toEqual({ rows: 0 });
    const old = { ...computed, days: computed.days.map((day) => ({ ...day, version: day.version - 40 * 86_400e6 })) };
    await failing(words, () => pipeline.accept(old));
    expect(await harness.run('sweepVersions', { olderThanDays: 30 })).toEqual({ rows: 2 });
    expect(await statesOf(harness, 'llma_metrics_states_versions', "metric_name != ''")).toHaveLength(1);
    await pipeline.accept(old);
    await pipeline.publish(DAY);
    expect(await harness.run('sweepVersions', { olderThanDays: 30 })).toEqual({ rows: 0 });
    expect(await live()).toEqual([state(DAY, 3)]);
  });
});

test('candidate states that somebody dropped alone: the days are computed again', async () => {
  harness.templates(WITH_STATES);
  await users(DAY, 3);
  const computed = await pipeline.compute([DAY]);
  await harness.command(`DROP TABLE ${computed.candidates}_states SYNC`);
  expect(await failureOf(pipeline.accept(computed))).toEqual({
    type: 'CandidatesLost',
    nonRetryable: true,
    message: `month 202603: the table ${computed.candidates}_states is gone`,
  });
});

test('a template whose states file is gone: its days have none when they were computed again', async () => {
  harness.templates(WITH_STATES);
  await users(DAY, 3);
  await users(NEXT, 2);
  const before = await pipeline.compute([DAY, NEXT]);
  await pipeline.accept(before);
  await pipeline.publish(DAY);
  harness.templates({ users: USERS });
  const after = await pipeline.compute([DAY]);
  expect(after.days[0]!.templates).not.toEqual(before.days[0]!.templates);
  await pipeline.accept(after);
  // This worker knows of no states; it finds those that are there.
  expect(await pipeline.publish(DAY)).toMatchObject({ rows: 2, changed: [DAY] });
  expect(await live()).toEqual([state(NEXT, 2)]);
  await pipeline.backfill([NEXT]);
  expect(await live()).toEqual([]);
  expect(await unfinishedMonths(harness.database)).toEqual([]);
});

test('a template that is computed alone leaves the states of the others as they are', async () => {
  harness.templates({
    ...WITH_STATES,
    teams: rowsTemplate([1, 'x', 1]),
  });
  await users(DAY, 3);
  await pipeline.backfill([DAY]);
  await users(DAY, 7);
  await pipeline.backfill([DAY], { metrics: ['teams'] });
  expect(await live()).toEqual([state(DAY, 3)]);
  await pipeline.backfill([DAY], { metrics: ['users'] });
  expect(await live()).toEqual([state(DAY, 7)]);
});

describe('live states that are not the current ones are found, and mended', () => {
  test.each<[string, string, string[]]>([
    ['doubled', 'INSERT INTO llma_metrics_states SELECT * FROM llma_metrics_states', [DAY, NEXT]],
    ['without a day', `ALTER TABLE llma_metrics_states DELETE WHERE date = '${NEXT}'`, [NEXT]],
    ['without anything', 'ALTER TABLE llma_metrics_states DROP PARTITION 202603', [DAY, NEXT]],
    [
      'with a day that was never computed',
      `INSERT INTO llma_metrics_states SELECT * REPLACE (toDate('${LAST}') AS date) FROM llma_metrics_states LIMIT 1`,
      [LAST],
    ],
    [
      'with another state',
      `INSERT INTO llma_metrics_states SELECT * REPLACE (CAST((SELECT uniqCombined64State(13)('x')), 'String') AS sketch) FROM llma_metrics_states WHERE date = '${DAY}'`,
      [DAY],
    ],
  ])('%s', async (_, damage, days) => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    await users(NEXT, 2);
    await pipeline.backfill([DAY, NEXT]);
    const before = await live();
    expect((await lookAtMonths(harness.database)).map(({ differs }) => differs)).toEqual([false]);
    await harness.command(`${damage}${damage.startsWith('ALTER') ? ' SETTINGS mutations_sync = 2' : ''}`);
    expect((await lookAtMonths(harness.database)).map(({ differs }) => differs)).toEqual([true]);
    expect(await unfinishedMonths(harness.database)).toEqual([{ month: '202603', days }]);
    expect(await pipeline.publish(DAY)).toMatchObject({ changed: days });
    expect(await live()).toEqual(before);
    expect(await unfinishedMonths(harness.database)).toEqual([]);
  });

  test('accepted states that are gone: the month is not published, and what was visible stays', async () => {
    harness.templates(WITH_STATES);
    await users(DAY, 3);
    await pipeline.backfill([DAY]);
    await harness.command(
      `ALTER TABLE llma_metrics_states_versions DELETE WHERE metric_name != '' SETTINGS mutations_sync = 2`,
    );
    expect(await failureOf(pipeline.publish(DAY))).toEqual({
      type: 'GateFailed',
      nonRetryable: true,
      message: `month 202603 was not published: ${DAY} has 0 rows in \`${harness.name}\`.\`llma_metrics_states_versions\`, its markers say 1; compute the day again with "llma backfill"`,
    });
    expect(await live()).toEqual([state(DAY, 3)]);
    expect(await pipeline.backfill([DAY])).toMatchObject({ rows: 1 });
  });
});
