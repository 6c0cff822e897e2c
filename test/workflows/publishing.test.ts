/** Accepted days wait for others of their month, but never for long. On a server where time passes as soon as everybody waits. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakePipeline } from '../support/temporal-fakes.js';
import { openTimeSkipping, type WorkflowTests } from '../support/temporal-worker.js';

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
