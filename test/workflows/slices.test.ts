/** Slices: what a chunk computes when its days don't fit into one, when one is lost, and when the source can't be read. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { DecodeSliceOutput } from '../../activities/decode-slice.js';
import type { Partition } from '../../config/partition.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, permanently } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, untilIdle, update, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const RANGE = { from: '2025-01-01', to: '2025-01-08', maxPartitionsPerRun: 8 };
const DAYS = days(RANGE.from, RANGE.to);

/** A slice of these days. */
function decoded(partitions: readonly Partition[], rest: readonly Partition[] = []): DecodeSliceOutput {
  const source = { rows: 1, fingerprint: '1', duplicates: 0, teams: 1, notUnderstood: 0 };
  const read = { readRows: 1, readBytes: 1, elapsedMs: 1 };
  return {
    slice: { table: 'llma_slice_test', engine: 'Memory', sourcesHash: 'h', rows: partitions.length },
    days: partitions.map((partition) => ({
      partition,
      snapshot: 1,
      version: 1,
      rows: 1,
      checksum: '1',
      source,
      ...read,
    })),
    expired: [],
    rest,
  };
}

const backfill = async (pipeline: FakePipeline, input: object = RANGE) =>
  await tests.run(pipeline, async () => (await tests.backfill(input)).result());

it('days that don’t fit into one slice are decoded in the next, by the same chunk', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.decode = (partitions) => decoded(partitions.slice(0, 3), partitions.slice(3));
  expect(await backfill(pipeline)).toMatchObject({ published: DAYS, failed: [] });
  expect(pipeline.logged('decode')).toEqual(
    [DAYS, DAYS.slice(3), DAYS.slice(6)].map((some) => `decode ${some.join(' ')}`),
  );
  expect(pipeline.logged('accept')).toHaveLength(3);
});

it('after a loss the lost days are decoded again, half as many at once; a day that is lost three times fails by name', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.decode = (partitions) => decoded(partitions);
  pipeline.hooks.verify = (partition) => {
    const times = pipeline.inserts.get(partition) ?? 0;
    if (partition === '2025-01-02' || (partition >= '2025-01-05' && times === 1)) {
      throw permanently(FAILURE.sliceLost, `partition ${partition}: 5 events were decoded, 0 were found`);
    }
  };
  const result = await backfill(pipeline);
  expect(result).toMatchObject({ published: DAYS.filter((day) => day !== '2025-01-02'), failed: ['2025-01-02'] });
  expect(result.errors?.['2025-01-02' as never]).toBe(
    'SliceLost: partition 2025-01-02: 5 events were decoded, 0 were found (after 3 rounds)',
  );
  const sizes = pipeline.logged('decode').map((entry) => entry.split(' ').length - 1);
  expect(sizes[0]).toBe(8);
  expect(sizes[1]).toBe(4);
  expect(Math.max(...sizes.slice(2))).toBeLessThanOrEqual(2);
});

it('a slice that is lost while it is decoded is decoded with half the days', async () => {
  const pipeline = new FakePipeline();
  let decodings = 0;
  pipeline.hooks.decode = (partitions) => {
    if (++decodings === 1) throw permanently(FAILURE.sliceLost, 'slice: 8 rows were written, 0 are there');
    return decoded(partitions);
  };
  expect(await backfill(pipeline)).toMatchObject({ published: DAYS, failed: [] });
  expect(pipeline.logged('decode').map((entry) => entry.split(' ').length - 1)).toEqual([8, 4, 4]);
});

it('expired days are skipped, the others are computed', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.decode = (partitions) => ({
    ...decoded(partitions.filter((day) => day > '2025-01-02')),
    expired: partitions.filter((day) => day <= '2025-01-02').map((partition) => ({ partition, message: 'gone' })),
  });
  expect(await backfill(pipeline)).toMatchObject({ skipped: DAYS.slice(0, 2), published: DAYS.slice(2) });
  expect(pipeline.ledger.map(({ partition, status, error }) => `${partition} ${status} ${error}`)).toEqual([
    '2025-01-01 expired PartitionExpired: gone',
    '2025-01-02 expired PartitionExpired: gone',
  ]);
});

it('a source that can’t be read fails the chunk’s days, and the next chunk begins', async () => {
  const pipeline = new FakePipeline();
  pipeline.hooks.decode = (partitions) => {
    if (partitions.includes('2025-01-01' as Partition)) throw permanently(FAILURE.template, 'sql/sources/s.sql: no');
    return decoded(partitions);
  };
  const result = await backfill(pipeline, { ...RANGE, maxPartitionsPerRun: 4 });
  expect(result).toMatchObject({ failed: DAYS.slice(0, 4), published: DAYS.slice(4) });
  expect(pipeline.inserts.has('2025-01-01')).toBe(false);
});

it('a run that is paused between two slices of a chunk gives the rest back', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.decode = (partitions) => decoded(partitions.slice(0, 4), partitions.slice(4));
  pipeline.hooks.insert = () => held.opened;
  const result = await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ ...RANGE, concurrency: 4 });
    await waitFor('the first slice', () => pipeline.inserting.size === 4);
    await update(handle, 'pause', { reason: 'night' });
    held.open();
    await waitFor('the first publish', () => pipeline.visible.size > 0);
    await untilIdle(handle);
    expect(pipeline.logged('decode')).toHaveLength(1);
    await update(handle, 'resume');
    return await handle.result();
  });
  expect(result).toMatchObject({ published: DAYS });
});
