/** A backfill that continues as new when the server suggests it: here after few events, by a setting of a server of its own. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, permanently } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openOwnServer, untilIdle, update, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => {
  const settings = ['limit.historyCount.suggestContinueAsNew=60', 'history.workflowIdReuseMinimalInterval="0s"'];
  tests = await openOwnServer(inject('temporalCliPath'), settings);
});
afterAll(() => tests.close());

const DAYS = days('2025-01-01', '2025-01-20');
const RANGE = { from: DAYS[0]!, to: DAYS.at(-1)! };

it('covers every day once, with the settings that it began with and what has failed until then', async () => {
  const pipeline = new FakePipeline({ LLMA_MAX_PARTITIONS_PER_RUN: '3' });
  let settingsRead = 0;
  const { readSettings } = pipeline.activities;
  pipeline.activities.readSettings = (input) => {
    settingsRead += 1;
    return readSettings(input);
  };
  pipeline.hooks.insert = ({ partition }) => {
    if (partition === DAYS[1]) throw permanently(FAILURE.template, 'no such column');
  };
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ ...RANGE, concurrency: 5 });
    const rest = DAYS.filter((day) => day !== DAYS[1]);
    expect(await handle.result()).toMatchObject({
      ...RANGE,
      published: rest,
      failed: [DAYS[1]],
      rows: 2 * rest.length,
    });
    const first = tests.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
    const { runId, historyLength } = await handle.describe();
    expect(runId).not.toBe(handle.firstExecutionRunId);
    expect(historyLength).toBeLessThan(300);
    const progress = { state: 'done', total: 20, done: 20, failed: 1, concurrency: 5, maxPartitionsPerRun: 3 };
    expect(await tests.client.workflow.getHandle(handle.workflowId).query('progress')).toMatchObject({
      ...progress,
      errors: { [DAYS[1]!]: 'TemplateError: no such column' },
    });
  });
  expect(settingsRead).toBe(1);
  expect([...pipeline.inserts.values()]).toEqual(DAYS.map(() => 1));
  expect(pipeline.ledger).toHaveLength(1);
});

it('stays paused, and keeps the concurrency that it was given', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.hooks.insert = ({ partition }) => (partition === DAYS[9] ? held.opened : undefined);
  await tests.run(pipeline, async () => {
    const { workflowId, firstExecutionRunId } = await tests.backfill({
      ...RANGE,
      maxPartitionsPerRun: 10,
      concurrency: 10,
    });
    const handle = tests.client.workflow.getHandle(workflowId);
    await waitFor('the last insert of the first chunk', () => pipeline.inserts.size === 10);
    await untilIdle(handle, 1);
    expect((await handle.describe()).historyLength).toBeGreaterThan(60);
    await update(handle, 'pause', { reason: 'night' });
    await update(handle, 'setConcurrency', { concurrency: 2 });
    held.open();
    await waitFor('another run', async () => (await handle.describe()).runId !== firstExecutionRunId);
    const now = { state: 'paused', pausedBy: ['night'], concurrency: 2, done: 10 };
    expect(await handle.query('progress')).toMatchObject(now);
    expect(pipeline.inserts.size).toBe(10);
    pipeline.maxInserting = 0;
    await update(handle, 'resume', { reason: 'night' });
    expect(await handle.result()).toMatchObject({ published: DAYS });
    expect(pipeline.maxInserting).toBeLessThanOrEqual(2);
  });
});
