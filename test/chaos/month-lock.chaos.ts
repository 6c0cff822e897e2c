/** What the lock of a month is for: whole backfills of one month at once, whose publishers have no other guard left. */
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityDeps } from '../../activities/deps.js';
import type { Activities } from '../../activities/index.js';
import { packageFile } from '../../config/package-file.js';
import { TASK_QUEUE } from '../../workflows/plan/names.js';
import { withDatabase } from '../support/activity-harness.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { quietRuntime } from '../support/temporal-runtime.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { unguardedActivities } from '../support/unguarded/activities.js';
import { type Guard, NONE_OFF, type Off } from '../support/unguarded/guards.js';
import { workflowModules } from '../support/unguarded/worker-parts.js';
import { inManyParts } from './anomalies/concurrent-swaps.js';
import { Ground } from './anomalies/ground.js';
import { intercept, isSwap } from './anomalies/intercept.js';

const DAYS = ['02', '05', '09', '12', '16', '19', '23', '26'].map((day) => `2026-04-${day}`);
const ROUNDS = 6;
const OTHERS: readonly Guard[] = ['fence', 'fixedQueryId', 'verifySwap'];

const harness = withDatabase();
let temporal: TestNamespace;
let connection: NativeConnection;

beforeAll(async () => {
  await quietRuntime();
  temporal = await openNamespace(inject('temporalAddress'));
  connection = await NativeConnection.connect({ address: temporal.address });
});
afterAll(async () => {
  await connection.close();
  await temporal.close();
});

test.each<[string, Off, boolean]>([
  ['without the lock and the other guards', new Set(['monthLock', ...OTHERS]), true],
  ['with the lock alone', new Set(OTHERS), false],
  ['with all guards', NONE_OFF, false],
])('eight backfills of one month at once, %s', async (title, off, isWrong) => {
  const ground = new Ground(harness, off, { teams: 500 });
  const worker = await startWorker(ground);
  try {
    await ground.begin(...DAYS);
    ground.watch.start();
    let staysWrong = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const day of DAYS) await ground.addSnapshot(day);
      await Promise.all(DAYS.map((day) => backfill(`${title}-${round}-${day}`, day)));
      staysWrong += Number((await ground.watch.differences(ground.expected)).length > 0);
    }
    await ground.watch.stop();
    const { reads, wrong } = ground.watch;
    console.log(
      `${title}: ${ROUNDS * DAYS.length} backfills, ${reads} reads, ${wrong.length} wrong, ${staysWrong} rounds stay wrong`,
    );
    expect(wrong.length + staysWrong > 0, wrong[0]).toBe(isWrong);
  } finally {
    await ground.watch.stop();
    worker.shutdown();
    await worker.done;
    for (const table of await harness.temporaryTables()) await harness.command(`DROP TABLE ${table} SYNC`);
  }
});

async function backfill(workflowId: string, day: string): Promise<void> {
  const args = [{ from: day, to: day }];
  const run = await temporal.client.workflow.start('backfillMetrics', { taskQueue: TASK_QUEUE, workflowId, args });
  expect(await run.result()).toMatchObject({ published: [day] });
}

async function startWorker({ off }: Ground) {
  const bundle = await bundleWorkflowCode({
    workflowsPath: packageFile('workflows', 'index.ts'),
    workflowInterceptorModules: workflowModules(off),
    logger: new DefaultLogger('ERROR'),
  });
  const { namespace } = temporal;
  const activities = meetingActivities(off, harness.deps);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: bundle,
    activities,
  });
  return { done: worker.run(), shutdown: () => worker.shutdown() };
}

/**
 * Publishers wait for each other before their swaps. With a lock no other comes. Without one a day is accepted when those before it have
 * their lists: each publisher knows a day more than the one before, and whoever swaps last decides what is seen.
 */
function meetingActivities(off: Off, deps: ActivityDeps): Activities {
  const create = unguardedActivities(off);
  const patience = off.has('monthLock') ? 20_000 : 50;
  let waiting = { here: 0, all: gate() };
  const meet = async () => {
    waiting.here += 1;
    const { all } = waiting;
    if (waiting.here === DAYS.length) {
      all.open();
      waiting = { here: 0, all: gate() };
    }
    await Promise.race([all.opened, sleep(patience)]);
  };
  let accepted = 0;
  const turn = async () => {
    const before = accepted++ % DAYS.length;
    if (off.has('monthLock')) await waitFor(`${before} publishers`, () => waiting.here >= before);
  };
  return {
    ...create(deps),
    acceptPartitions: (input) => turn().then(() => create(deps).acceptPartitions(input)),
    publishMonthPartition: (input) => {
      const instead = (send: () => ReturnType<typeof deps.database.command>) => meet().then(() => send());
      const database = intercept(inManyParts(deps.database), { when: isSwap, instead });
      return create({ ...deps, database }).publishMonthPartition(input);
    },
  };
}
