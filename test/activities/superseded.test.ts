/** A day whose rows are accepted although a later snapshot has some: nobody ever sees them, and its run and `llma show` say so. */
import { expect, inject, test } from 'vitest';
import type { QueryOptions } from '../../clickhouse/database.js';
import { main } from '../../scripts/llma.js';
import { Captured } from '../e2e/cli-harness.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { ledger } from '../support/tables.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';
const directory = temporaryDirectory();

async function show(): Promise<string[]> {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const environment = { CLICKHOUSE_URL: inject('clickhouseUrl'), CLICKHOUSE_DATABASE: harness.name };
  const code = await main(['show', DAY], { stdout, stderr, environment, directory, onStop: () => () => undefined });
  expect([code, stderr.text]).toEqual([0, '']);
  return stdout.text.trimEnd().split('\n');
}

test('one that was accepted before: show says that it was superseded, and nothing is left to publish', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  const earlier = await pipeline.compute([DAY]);
  await addEvents(harness, { day: DAY, count: 2 });
  await pipeline.backfill([DAY]);
  const before = await show();
  expect(before.join('\n')).toMatch(/ai_generation_count +5$/m);
  await pipeline.accept(earlier);
  const superseded = `the last attempt at ${DAY} was superseded: rows of a later snapshot had been accepted before its own`;
  expect(await show()).toEqual([...before, superseded]);
  // As its run goes on: a publish that others began changes nothing about it.
  expect(await pipeline.publish(DAY)).toMatchObject({ changed: [] });
  expect(await show()).toEqual([...before, superseded]);
  expect((await ledger(harness, 'status')).map(({ status }) => status)).toEqual([
    'computed',
    'published',
    'computed',
    'superseded',
  ]);
  await pipeline.backfill([DAY]);
  expect(await show()).toEqual(before);
});

test('one that is accepted at the same moment, between all looks and the INSERT', async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  const earlier = await pipeline.compute([DAY]);
  await addEvents(harness, { day: DAY, count: 2 });
  const later = await pipeline.compute([DAY]);
  const { command } = harness.database;
  const restore = () => Object.assign(harness.database, { command });
  let accepted: unknown;
  Object.assign(harness.database, {
    async command(sql: string, options?: QueryOptions) {
      if (sql.includes(`INTO \`${harness.name}\`.\`llma_metrics_versions\``)) {
        restore();
        accepted = await pipeline.accept(later);
      }
      return await command(sql, options);
    },
  });
  try {
    expect(await pipeline.accept(earlier)).toMatchObject({ accepted: [DAY], superseded: [DAY] });
  } finally {
    restore();
  }
  expect(accepted).toMatchObject({ accepted: [DAY], superseded: [] });
  await pipeline.publish(DAY);
  expect((await show()).join('\n')).toMatch(/ai_generation_count +5$/m);
});
