/** A worker that can't start says why, and lets go of everything that it has opened until then. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { loadSettings } from '../../config/settings.js';
import { startWorker } from '../../worker/run.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { quietRuntime } from '../support/temporal-runtime.js';
import { openTestDatabase, type TestDatabase } from '../support/worker-database.js';

let temporal: TestNamespace;
let database: TestDatabase;
let blocker: Server;

beforeAll(async () => {
  await quietRuntime();
  [temporal, database] = await Promise.all([openNamespace(inject('temporalAddress')), openTestDatabase()]);
  blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => blocker.close(resolve));
  await Promise.all([temporal.close(), database.drop()]);
});

it('because its address is taken', async () => {
  const { port } = blocker.address() as AddressInfo;
  const settings = loadSettings(
    {
      ...database.environment,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      LLMA_WORKER_ADDRESS: `127.0.0.1:${port}`,
    },
    tmpdir(),
  );
  await expect(startWorker(settings, '127.0.0.1:1')).rejects.toMatchObject({
    name: 'StartError',
    message: expect.stringMatching(new RegExp(`127.0.0.1:${port}.*EADDRINUSE.*set LLMA_WORKER_ADDRESS`)) as string,
  });
});

it('because a table is not ours', async () => {
  await database.command('RENAME TABLE llma_metrics_versions TO elsewhere');
  const addresses = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  const settings = loadSettings({ ...database.environment, ...addresses }, tmpdir());
  await expect(startWorker(settings, '127.0.0.1:1')).rejects.toMatchObject({
    name: 'StartError',
    message: `${database.name}.llma_metrics_versions is missing: run "llma migrate"`,
  });
});
