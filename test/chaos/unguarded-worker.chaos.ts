import { expect, inject, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { openNamespace } from '../support/temporal-namespace.js';
import { ALL_GUARDS } from '../support/unguarded/guards.js';
import { killAllWorkers, startWorkerProcess } from '../support/worker-process.js';

const DAYS = ['2026-03-01', '2026-03-10'];
const unguarded = withDatabase();

test('a worker process without any guard', async () => {
  await addEvents(unguarded, ...DAYS.map((day) => ({ day, count: 3 })));
  const temporal = await openNamespace(inject('temporalAddress'));
  try {
    const addresses = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    const clickhouse = { CLICKHOUSE_URL: inject('clickhouseUrl'), CLICKHOUSE_DATABASE: unguarded.name };
    const worker = await startWorkerProcess({ ...addresses, ...clickhouse }, ALL_GUARDS);
    const args = [{ from: DAYS[0], to: DAYS[1] }];
    const run = await temporal.client.workflow.start('backfillMetrics', {
      taskQueue: 'llma-metrics',
      workflowId: 'unguarded',
      args,
    });
    expect(await run.result()).toMatchObject({ failed: [] });
    const ids: string[] = [];
    for await (const { workflowId } of temporal.client.workflow.list()) ids.push(workflowId);
    expect(ids.filter((id) => /^publish\/202603\/[0-9a-f-]{36}$/.test(id))).toHaveLength(1);
    expect(await worker.stop()).toBe(0);
  } finally {
    await killAllWorkers();
    await temporal.close();
  }
});
