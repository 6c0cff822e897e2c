/** Chunks, their order and their overlap; how many partitions compute at once. With activities in memory, held back by the tests. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { MAX_BYTES_IN_FLIGHT } from '../../workflows/plan/budget.js';
import { FakePipeline, lost } from '../support/temporal-fakes.js';
import { gate, waitFor, type Gate } from '../support/temporal-wait-for.js';
import { openDevServer, untilIdle, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const JANUARY = days('2025-01-01', '2025-01-31');
const RANGE = { from: '2025-01-01', to: '2025-01-31' };

describe('31 days in chunks of 14', () => {
  it('are computed as 14, 14 and 3 days, oldest first', async () => {
    const pipeline = new FakePipeline();
    const result = await tests.run(pipeline, async () =>
      (await tests.backfill({ ...RANGE, maxPartitionsPerRun: 14 })).result(),
    );
    expect(result).toMatchObject({ ...RANGE, published: JANUARY, rows: 62 });
    expect(pipeline.logged('accept')).toEqual(
      [JANUARY.slice(0, 14), JANUARY.slice(14, 28), JANUARY.slice(28)].map((chunk) => `accept ${chunk.join(' ')}`),
    );
  });

  it('newest first when asked, and each chunk in the order of its days', async () => {
    const pipeline = new FakePipeline();
    await tests.run(pipeline, async () =>
      (await tests.backfill({ ...RANGE, maxPartitionsPerRun: 14, order: 'newest-first' })).result(),
    );
    expect(pipeline.logged('accept')).toEqual(
      [JANUARY.slice(17), JANUARY.slice(3, 17), JANUARY.slice(0, 3)].map((chunk) => `accept ${chunk.join(' ')}`),
    );
  });

  it('of which each takes a moment are published together', async () => {
    const pipeline = new FakePipeline();
    await tests.run(pipeline, async () => (await tests.backfill({ ...RANGE, maxPartitionsPerRun: 14 })).result());
    expect(pipeline.logged('published')).toEqual(['published 202501']);
    expect(pipeline.visibleDays).toEqual(JANUARY);
  });
});

it('a chunk computes while the one before publishes its month, the next one is decoded then, and no further ahead than that', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.publish = () => held.opened;
  const days = { from: '2025-01-30', to: '2025-03-02', maxPartitionsPerRun: 2 };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill(days);
    await waitFor('the second chunk', () => pipeline.inserts.size === 4);
    await untilIdle(handle);
    // Its days are accepted when the month before is visible.
    expect(pipeline.logged('accept')).toHaveLength(1);
    expect(pipeline.logged('decode')).toHaveLength(3);
    expect(pipeline.inserts.size).toBe(4);
    held.open();
    await handle.result();
  });
  expect(pipeline.maxPublishing).toBe(1);
  expect(pipeline.log.indexOf('open 1')).toBeLessThan(pipeline.log.indexOf('published 202501'));
});

it('a chunk computes while the one before is accepted; what is lost then comes back in a later chunk', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  let losses = 0;
  pipeline.hooks.accept = async ({ days }) => {
    if (days[0]?.partition !== '2025-01-01' || losses > 0) return;
    losses += 1;
    await held.opened;
    throw lost('2025-01-01');
  };
  const result = await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ from: '2025-01-01', to: '2025-01-04', maxPartitionsPerRun: 2 });
    await waitFor('the second chunk', () => pipeline.inserts.size === 4);
    held.open();
    return await handle.result();
  });
  expect(result).toMatchObject({ published: days('2025-01-01', '2025-01-04'), failed: [] });
  expect(pipeline.logged('open')).toEqual(['open 0', 'open 1', 'open 2']);
  expect(pipeline.inserts.get('2025-01-01')).toBe(2);
});

it('a day that is lost at each accept fails after three times', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.accept = () => {
    throw lost('2025-01-01');
  };
  const result = await tests.run(pipeline, async () =>
    (await tests.backfill({ from: '2025-01-01', to: '2025-01-01' })).result(),
  );
  expect(result).toMatchObject({ published: [], failed: ['2025-01-01'] });
  expect(result.errors['2025-01-01']).toContain('after 3 rounds');
  expect(pipeline.ledger).toMatchObject([{ partition: '2025-01-01', status: 'failed' }]);
});

it('a chunk over the end of a month is accepted and published month by month', async () => {
  const pipeline = new FakePipeline();
  await tests.run(pipeline, async () => (await tests.backfill({ from: '2024-12-30', to: '2025-01-02' })).result());
  expect(pipeline.logged('accept')).toEqual(['accept 2024-12-30 2024-12-31', 'accept 2025-01-01 2025-01-02']);
  expect(pipeline.logged('published')).toEqual(['published 202412', 'published 202501']);
});

describe('the concurrency', () => {
  it('bounds how many partitions compute at once, and is changed in the middle', async () => {
    const pipeline = new FakePipeline();
    const gates = new Map<string, Gate>(JANUARY.map((day) => [day, gate()]));
    pipeline.hooks.insert = ({ partition }) => gates.get(partition)?.opened;
    const release = (count: number) => [...pipeline.inserting].slice(0, count).forEach((day) => gates.get(day)?.open());
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill({ ...RANGE, concurrency: 3, maxPartitionsPerRun: 31 });
      const inserting = async (count: number) => {
        await waitFor(`${count} inserts`, () => pipeline.inserting.size === count);
        await untilIdle(handle, count);
        expect(pipeline.inserting.size).toBe(count);
      };
      await inserting(3);
      await handle.executeUpdate('setConcurrency', { args: [{ concurrency: 5 }] });
      await inserting(5);
      expect(await handle.query('progress')).toMatchObject({ concurrency: 5, current: JANUARY.slice(0, 5) });
      await handle.executeUpdate('setConcurrency', { args: [{ concurrency: 1 }] });
      release(4);
      await inserting(1);
      expect(pipeline.inserts.size).toBe(5);
      release(1);
      await waitFor('the next one', () => pipeline.inserts.size === 6);
      for (const { open } of gates.values()) open();
      expect(await handle.result()).toMatchObject({ published: JANUARY });
    });
    expect(pipeline.maxInserting).toBe(5);
  });

  it('is less where the rendered SQL is long: what is under way fits into one message to Temporal', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    // Of two bytes each: it is bytes that count.
    pipeline.sql = 'ü'.repeat(60_000);
    pipeline.hooks.insert = () => held.opened;
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill({ ...RANGE, concurrency: 64, maxPartitionsPerRun: 31 });
      await waitFor('as many as fit', () => pipeline.inserting.size === Math.floor(MAX_BYTES_IN_FLIGHT / 120_100));
      await untilIdle(handle, pipeline.inserting.size);
      held.open();
      expect(await handle.result()).toMatchObject({ published: JANUARY });
    });
    expect(pipeline.maxBytesInserting).toBeLessThanOrEqual(MAX_BYTES_IN_FLIGHT);
  });
});
