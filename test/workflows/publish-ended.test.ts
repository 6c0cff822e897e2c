/** Who ends a publish ends no day that was accepted. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { FakePipeline } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, type WorkflowTests } from '../support/temporal-worker.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

it('a publish that is terminated fails no day: what was accepted is left to the next one', async () => {
  const pipeline = new FakePipeline();
  const publishes = gate();
  pipeline.hooks.publish = () => publishes.opened;
  await tests.run(pipeline, async () => {
    const handle = await tests.backfill({ from: '2025-01-01', to: '2025-01-04', maxPartitionsPerRun: 4 });
    await waitFor('the publish', () => pipeline.publishing === 1);
    await tests.client.workflow.getHandle('publish/202501').terminate();
    publishes.open();
    const { failed, errors } = await handle.result();
    expect(failed).toHaveLength(4);
    expect(Object.values(errors)[0]).toBe(
      'the publish of month 202501 was terminated; the days are accepted, and become visible with the next one',
    );
    expect(pipeline.ledger).toEqual([]);
  });
});
