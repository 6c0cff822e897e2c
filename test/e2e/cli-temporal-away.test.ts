import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemporal, type TemporalServer } from '../../embedded/temporal-server.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, until, type Cli } from './cli-harness.js';

let temporal: TemporalServer;
let cli: Cli;

beforeAll(async () => {
  temporal = await startTemporal({ dataDir: temporaryDirectory() });
  cli = await openCli({ TEMPORAL_ADDRESS: temporal.address });
});
afterAll(async () => {
  await cli.close();
  await temporal.stop();
});

test('who watches a run waits for a Temporal that goes away, as the run does', async () => {
  const id = 'backfill/2026-01-01_2026-01-31';
  const watched = cli.start(['backfill', '--from', '2026-01-01', '--to', '2026-01-31', '--wait']);
  await until(watched, /no worker answers/);
  await temporal.kill();
  await until(watched, /Temporal does not answer \(.*\)/);
  await temporal.restart();
  const { client } = cli.temporal;
  await client.workflow.getHandle(id).terminate('enough');

  expect(await watched.done).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`${id}: started, 31 days\n`) as string,
    stderr: expect.stringMatching(new RegExp(`\nerror: ${id} failed: enough\n$`)) as string,
  });
});
