/** Accepted days wait for others of their month, but never for long. On a server where time passes as soon as everybody waits. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakePipeline } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openTimeSkipping, untilRefused, update, type WorkflowTests } from '../support/temporal-worker.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openTimeSkipping()));
afterAll(() => tests.close());

const FOUR_DAYS = { from: '2025-01-01', to: '2025-01-04', maxPartitionsPerRun: 2 };

it('days that were accepted become visible while the next chunk of their month is held up', async () => {
  const pipeline = new FakePipeline();
  let seen: string[] = [];
  pipeline.hooks.insert = ({ partition }, attempt) => {
    if (partition !== '2025-01-03') return;
    seen = pipeline.visibleDays;
    // A minute and more of attempts: 1, 2, 4 … seconds apart.
    if (seen.length === 0 && attempt < 9) throw new Error('ClickHouse is away');
  };
  const result = await tests.run(pipeline, async () => (await tests.backfill(FOUR_DAYS)).result());
  expect(seen).toEqual(['2025-01-01', '2025-01-02']);
  expect(result.published).toHaveLength(4);
});

it('days of a chunk that took long don’t wait for the next one', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.insert = (_, attempt) => {
    if (attempt < 4) throw new Error('ClickHouse is away');
  };
  await tests.run(pipeline, async () => (await tests.backfill(FOUR_DAYS)).result());
  expect(pipeline.logged('published')).toHaveLength(2);
});

it('days whose month others hold for long after a cancellation are no failed days: the ledger says nothing worse of them', async () => {
  const pipeline = new FakePipeline();
  await tests.run(pipeline, async () => {
    // A run that is paused has the id that is the month's lock.
    const inserts = gate();
    pipeline.hooks.insert = () => inserts.opened;
    const holder = await tests.backfill(
      { from: '2024-06-01', to: '2024-06-02', maxPartitionsPerRun: 1 },
      'publish/202501',
    );
    await waitFor('its first day', () => pipeline.inserting.size === 1);
    await update(holder, 'pause');
    inserts.open();
    const handle = await tests.backfill({ ...FOUR_DAYS, maxPartitionsPerRun: 4 });
    await untilRefused(handle);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect(await handle.query('progress')).toMatchObject({ failed: 4 });
    expect([...pipeline.accepted]).toEqual(expect.arrayContaining(['2025-01-01', '2025-01-04']));
    expect(pipeline.ledger).toEqual([]);
    // Where nothing else is left a server that skips time goes on to the end of its time, and ends it itself.
    await holder.terminate().catch(() => undefined);
  });
});
