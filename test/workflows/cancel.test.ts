/** Temporal's own cancel: what runs is stopped and cleaned away, what was accepted becomes visible, the rest is recorded. */
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, permanently, untilCancelled } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, untilIdle, untilRefused, update, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const DAYS = days('2025-01-01', '2025-01-06');
const RANGE = { from: DAYS[0]!, to: DAYS.at(-1)! };

async function expectCancelled(handle: WorkflowHandle): Promise<void> {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
}

async function untilHeartbeat(handle: WorkflowHandle): Promise<void> {
  const last = async () => JSON.stringify((await handle.describe()).raw.pendingActivities?.[0]?.lastHeartbeatTime);
  const before = await last();
  await waitFor('a heartbeat', async () => (await last()) !== before);
}

it('in the middle of a chunk stops its inserts, cleans up, and records the days that it took', async () => {
  const pipeline = new FakePipeline();
  let stopped = 0;
  pipeline.hooks.insert = async ({ partition }) => {
    if (partition === DAYS[2]) throw permanently(FAILURE.template, 'no such column');
    if (partition > DAYS[3]!) await untilCancelled().finally(() => (stopped += 1));
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ ...RANGE, maxPartitionsPerRun: 2 });
    await waitFor('the last chunk', () => pipeline.inserting.size === 2);
    await handle.cancel();
    await expectCancelled(handle);
    expect(stopped).toBe(2);
    expect(pipeline.log).toContain('clean 2 and kill');
    expect(pipeline.visibleDays).toEqual([DAYS[0], DAYS[1], DAYS[3]]);
    expect(pipeline.ledger).toEqual([
      { partition: DAYS[2], status: 'failed', error: 'TemplateError: no such column' },
      { partition: DAYS[4], status: 'cancelled', error: 'the run was cancelled' },
      { partition: DAYS[5], status: 'cancelled', error: 'the run was cancelled' },
    ]);
    expect(await handle.query('progress')).toMatchObject({ state: 'cancelled', total: 6, done: 4, failed: 1 });
  });
});

it('does not lose what the ledger must say of days that had failed in the same chunk', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.insert = async ({ partition }) => {
    if (partition === DAYS[0]) throw permanently(FAILURE.template, 'no such column');
    await untilCancelled();
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ from: DAYS[0]!, to: DAYS[1]! });
    await waitFor('the second day', () => pipeline.inserting.has(DAYS[1]!) && pipeline.inserts.size === 2);
    await untilIdle(handle, 1);
    await handle.cancel();
    await expectCancelled(handle);
    expect(pipeline.ledger.map(({ partition, status }) => [partition, status])).toEqual([
      [DAYS[0], 'failed'],
      [DAYS[1], 'cancelled'],
    ]);
  });
});

it('is no failure of a day whose activity ends by what would have been tried again', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.insert = async () => {
    await untilCancelled().catch(() => undefined);
    throw new Error('socket hang up');
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ from: DAYS[0]!, to: DAYS[0]! });
    await waitFor('the insert', () => pipeline.inserting.size === 1);
    await handle.cancel();
    await expectCancelled(handle);
    expect(pipeline.ledger).toEqual([{ partition: DAYS[0], status: 'cancelled', error: 'the run was cancelled' }]);
    expect(await handle.query('progress')).toMatchObject({ state: 'cancelled', failed: 0 });
  });
});

it('while days are being accepted still makes them visible', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.accept = () => untilCancelled(held.opened);
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ from: DAYS[0]!, to: DAYS[2]! });
    await waitFor('the accept', () => pipeline.logged('accept').length === 1);
    await handle.cancel();
    await untilIdle(handle, 1);
    // A cancellation would reach the accept with the answer to a heartbeat.
    for (let beats = 0; beats < 2; beats++) await untilHeartbeat(handle);
    held.open();
    await expectCancelled(handle);
    expect(pipeline.visibleDays).toEqual(DAYS.slice(0, 3));
  });
});

it('while another run publishes the month still makes accepted days visible', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.publish = () => held.opened;
  await tests.run(pipeline, async () => {
    const other = await tests.publish('202501');
    await waitFor('the other publish', () => pipeline.publishing === 1);
    const handle = await tests.backfill({ ...RANGE, maxPartitionsPerRun: 3 });
    await waitFor('two accepted chunks', () => pipeline.log.includes('clean 1'));
    await untilRefused(handle);
    await handle.cancel();
    await untilIdle(handle);
    expect(pipeline.visibleDays).toEqual([]);
    held.open();
    await other.result();
    await handle.result().catch(() => undefined);
    expect(pipeline.visibleDays).toEqual(DAYS);
    expect(pipeline.maxPublishing).toBe(1);
  });
});

it('of a paused run ends it', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.insert = () => held.opened;
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ ...RANGE, concurrency: 1 });
    await waitFor('the first insert', () => pipeline.inserting.size === 1);
    await update(handle, 'pause');
    held.open();
    await waitFor('its publish', async () => (await handle.query<{ done: number }>('progress')).done === 1);
    await handle.cancel();
    await expectCancelled(handle);
    expect(pipeline.visibleDays).toEqual(DAYS.slice(0, 1));
    expect(await handle.query('progress')).toMatchObject({ state: 'cancelled', done: 1 });
  });
});

it('of a daily run stops its insert too', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.insert = () => untilCancelled();
  await tests.run(pipeline, async () => {
    const handle = await tests.daily({ partition: DAYS[0]! });
    await waitFor('the insert', () => pipeline.inserting.size === 1);
    await handle.cancel();
    await expectCancelled(handle);
    expect(pipeline.ledger).toEqual([{ partition: DAYS[0], status: 'cancelled', error: 'the run was cancelled' }]);
  });
});
