/** A running worker mends, without help, what is not as it was accepted: on real servers, with nobody who starts or asks anything. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/temporal-wait-for.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;
const rows = async () => {
  const query = `SELECT toString(date) AS day, team_id, metric_name, metric_value FROM ${cli.database}.llma_metrics_daily ORDER BY ALL`;
  return await (await cli.clickhouse.query({ query, format: 'JSONEachRow' })).json();
};
const command = (query: string) => cli.clickhouse.command({ query });
const start = (workflowId: string, taskQueue: string, type: string, args: object[]) =>
  cli.temporal.client.workflow.start(type, { taskQueue, workflowId, args });

beforeAll(async () => {
  cli = await openCli({ LLMA_RECOVERY_SECONDS: '1' });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
  await cli.addEvents('2026-01-03', 3);
  await cli.addEvents('2026-01-04', 4);
  await cli.run('backfill', '--from', '2026-01-03', '--to', '2026-01-03', '--wait');
});
afterAll(() => cli.close());

test('a month that somebody emptied, added to, or doubled', async () => {
  const live = `${cli.database}.llma_metrics_daily`;
  const before = await rows();
  expect(before.length).toBeGreaterThan(0);
  for (const spoil of [
    `ALTER TABLE ${live} DROP PARTITION 202601`,
    `INSERT INTO ${live} VALUES ('2026-01-03', 9, 'stray', 1)`,
    `ALTER TABLE ${live} ATTACH PARTITION 202601 FROM ${live}`,
  ]) {
    await command(spoil);
    expect(await rows()).not.toEqual(before);
    await waitFor('the mended month', async () => JSON.stringify(await rows()) === JSON.stringify(before), 60_000);
  }
});

test('a day that was accepted by a run that was terminated before it published', async () => {
  await cli.temporal.expectNothingOpen();
  // Somebody holds the month, so that the run has accepted its day and waits.
  const holder = await start('publish/202601', 'nobody', 'waits', []);
  const run = await start('terminated', 'llma-metrics', 'backfillMetrics', [{ from: '2026-01-04', to: '2026-01-04' }]);
  await waitFor('a publish that finds its month taken', async () => {
    const { events } = await run.fetchHistory();
    return events?.some((event) => event.startChildWorkflowExecutionFailedEventAttributes);
  });
  await run.terminate();
  expect(JSON.stringify(await rows())).not.toContain('2026-01-04');
  await holder.terminate();
  await waitFor('the accepted day', async () => JSON.stringify(await rows()).includes('2026-01-04'), 60_000);
  await cli.temporal.expectNothingOpen();
});
