import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { openNamespace, type TestNamespace } from '../../support/temporal-namespace.js';
import { days, openTestDatabase, type TestDatabase } from '../../support/worker-database.js';
import { killAllWorkers, startWorkerProcess } from '../../support/worker-process.js';
import { readConcurrently } from '../../support/worker-reader.js';

const WRITERS = 4;

interface Size {
  /** Of two months. */
  readonly from: string;
  readonly to: string;
  /** Days in a row that are one writer's. */
  readonly block: number;
  /** Days at the end that are run again. */
  readonly again: number;
  /** Reads meanwhile, at least. */
  readonly reads: number;
}

/** What other tools lose in quiet times, where nothing is killed: docs/guards.md says which and how much. */
export function quietScenarios(size: Size): void {
  const DAYS = days(size.from, size.to);
  const AGAIN = DAYS.slice(-size.again);
  let temporal: TestNamespace;
  let database: TestDatabase;

  beforeAll(async () => {
    [temporal, database] = await Promise.all([openNamespace(inject('temporalAddress')), openTestDatabase()]);
    const addresses = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    await startWorkerProcess({ ...database.environment, ...addresses });
  });

  afterEach(async () => {
    await temporal.expectNothingOpen();
    expect(await database.leftovers()).toEqual([]);
  });

  afterAll(async () => {
    await killAllWorkers();
    await Promise.all([temporal.close(), database.drop()]);
  });

  async function backfill(workflowId: string, input: Record<string, unknown>): Promise<unknown> {
    const args = [{ maxPartitionsPerRun: 14, ...input }];
    const run = await temporal.client.workflow.start('backfillMetrics', {
      taskQueue: 'llma-metrics',
      workflowId,
      args,
    });
    return await run.result();
  }

  it('four writers of the same months at once, each with days of its own between the others’: no day is lost', async () => {
    for (const [index, day] of DAYS.entries()) await database.addEvents(day, 3 + index);
    // A run takes a range: interleaved in blocks.
    const blocks = Array.from({ length: DAYS.length / size.block }, (_, number) =>
      DAYS.slice(size.block * number, size.block * (number + 1)),
    );
    const writer = async (number: number) => {
      for (const [index, block] of blocks.entries()) {
        if (index % WRITERS !== number) continue;
        const result = await backfill(`writer-${number}-${index}`, { from: block[0], to: block.at(-1) });
        expect(result).toMatchObject({ published: block, failed: [] });
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
    expect(await database.visible()).toEqual(await database.expected(DAYS));
  });

  it('run again, twice: the same rows, and no reader ever finds a day empty, partial or doubled', async () => {
    const before = await database.visible();
    expect(before.size).toBe(DAYS.length);
    const readers = [0, 1, 2].map(() => readConcurrently(database, before, before, 0));
    for (const times of [1, 2]) {
      const result = await backfill(`again-${times}`, { from: AGAIN[0], to: AGAIN.at(-1) });
      expect(result).toMatchObject({ published: AGAIN, failed: [] });
    }
    const reports = await Promise.all(readers.map((reader) => reader.stop(Math.ceil(size.reads / 3))));
    expect(reports.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(reports.reduce((sum, { reads }) => sum + reads, 0)).toBeGreaterThanOrEqual(size.reads);
    expect(await database.visible()).toEqual(before);
  });
}
