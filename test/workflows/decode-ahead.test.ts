/** The next chunk's days are decoded while this one is computed; and whatever becomes of the run, nothing of them stays behind. */
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Partition } from '../../config/partition.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, permanently, untilCancelled } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, untilIdle, update, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const DAYS = days('2025-01-01', '2025-01-06');
const RANGE = { from: DAYS[0]!, to: DAYS.at(-1)!, maxPartitionsPerRun: 2 };
const decode = (...chunk: number[]) => `decode ${DAYS.slice(2 * chunk[0]!, 2 * chunk[0]! + 2).join(' ')}`;

/** A pipeline whose inserts wait for a gate. */
function heldInserts() {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.insert = () => held.opened;
  return { pipeline, held };
}

it('one chunk, and no more than one', async () => {
  const { pipeline, held } = heldInserts();
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(RANGE);
    await waitFor('the first chunk', () => pipeline.inserting.size === 2);
    await waitFor('the second one', () => pipeline.log.includes(decode(1)));
    await untilIdle(handle, 2);
    expect(pipeline.logged('decode')).toEqual([decode(0), decode(1)]);
    expect(await handle.query('progress')).toMatchObject({ current: DAYS.slice(0, 2), done: 0 });
    held.open();
    expect(await handle.result()).toMatchObject({ published: DAYS });
  });
  expect(pipeline.logged('decode')).toEqual([decode(0), decode(1), decode(2)]);
});

it('not where two slices would be too large together', async () => {
  const { pipeline, held } = heldInserts();
  pipeline.hooks.decode = () => ({ days: [], expired: [], rest: [], leavesRoom: false });
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(RANGE);
    await waitFor('the first chunk', () => pipeline.inserting.size === 2);
    await untilIdle(handle, 2);
    expect(pipeline.logged('decode')).toEqual([decode(0)]);
    held.open();
    expect(await handle.result()).toMatchObject({ published: DAYS });
  });
});

it('and given back by a run that is paused: decoded again when it goes on', async () => {
  const { pipeline, held } = heldInserts();
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(RANGE);
    await waitFor('the second chunk', () => pipeline.log.includes(decode(1)) && pipeline.inserting.size === 2);
    await update(handle, 'pause');
    held.open();
    await waitFor('what was computed', async () => (await handle.query<{ done: number }>('progress')).done === 2);
    await waitFor('the clean-up', () => pipeline.tables.size === 0);
    expect(await handle.query('progress')).toMatchObject({ state: 'paused', current: [] });
    expect(pipeline.inserts.size).toBe(2);
    await update(handle, 'resume');
    expect(await handle.result()).toMatchObject({ published: DAYS });
  });
  expect(pipeline.logged('decode')).toEqual([decode(0), decode(1), decode(1), decode(2)]);
  expect([...pipeline.inserts.values()]).toEqual(DAYS.map(() => 1));
  expect(pipeline.ledger).toEqual([]);
});

it('and not accepted by a run that is cancelled then: the ledger says so of them', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.insert = () => untilCancelled();
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(RANGE);
    await waitFor('the second chunk', () => pipeline.log.includes(decode(1)) && pipeline.inserting.size === 2);
    await untilIdle(handle, 2);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as unknown });
    expect(await handle.query('progress')).toMatchObject({ state: 'cancelled', done: 0, failed: 0 });
  });
  expect(pipeline.logged('accept')).toEqual([]);
  expect(pipeline.logged('clean').sort()).toEqual(['clean 0 and kill', 'clean 1 and kill']);
  expect(pipeline.ledger.map(({ partition, status }) => [partition, status])).toEqual(
    DAYS.slice(0, 4).map((day) => [day, 'cancelled']),
  );
});

it('and a decoding that is under way when a run is cancelled ends with it', async () => {
  const { pipeline, held } = heldInserts();
  let stopped = 0;
  pipeline.hooks.decode = async (partitions) => {
    if (partitions[0] === DAYS[2]) await untilCancelled().finally(() => (stopped += 1));
    return { days: [], expired: [], rest: [], leavesRoom: true };
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(RANGE);
    await waitFor('the second chunk', () => pipeline.log.includes(decode(1)) && pipeline.inserting.size === 2);
    await handle.cancel();
    await waitFor('its end', () => stopped === 1);
    held.open();
    await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as unknown });
  });
  expect(pipeline.logged('clean')).toContain('clean 1 and kill');
});

it('what can’t be decoded fails in its turn, by name; the chunks before and after it go on', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.decode = (partitions: readonly Partition[]) => {
    if (partitions[0] === DAYS[2]) throw permanently(FAILURE.template, 'source x: no such column');
    return { days: [], expired: [], rest: [], leavesRoom: true };
  };
  const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
  expect(result).toMatchObject({
    published: [...DAYS.slice(0, 2), ...DAYS.slice(4)],
    failed: DAYS.slice(2, 4),
    errors: { [DAYS[2]!]: 'TemplateError: source x: no such column' },
  });
  expect(pipeline.logged('decode')).toEqual([decode(0), decode(1), decode(2)]);
});

it('days that expired while they were decoded ahead stay so when the run is paused', async () => {
  const { pipeline, held } = heldInserts();
  pipeline.hooks.decode = (partitions) => {
    const expired = partitions.includes(DAYS[3] as Partition)
      ? [{ partition: DAYS[3] as Partition, message: 'its rows are gone' }]
      : [];
    return { days: [], expired, rest: [], leavesRoom: true };
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(RANGE);
    await waitFor('the second chunk', () => pipeline.log.includes(decode(1)) && pipeline.inserting.size === 2);
    await update(handle, 'pause');
    held.open();
    await waitFor('the clean-up', () => pipeline.tables.size === 0 && pipeline.visible.size === 2);
    await untilIdle(handle);
    await update(handle, 'resume');
    expect(await handle.result()).toMatchObject({
      published: DAYS.filter((day) => day !== DAYS[3]),
      skipped: [DAYS[3]],
    });
  });
  expect(pipeline.ledger).toMatchObject([{ partition: DAYS[3], status: 'expired' }]);
});
