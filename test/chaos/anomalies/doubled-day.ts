import { waitFor } from '../../support/temporal-wait-for.js';
import type { Anomaly } from './anomaly.js';
import { Ice, intercept, isAccept, isCandidates, loseAnswer } from './intercept.js';

const DAY = '2026-04-10';
const rounds = 10;
const how = 'made';
/** A second and a half for a day of ten events a snapshot. */
const SLOW = 'WHERE NOT ignore(sleepEachRow(0.15)) AND toDate(timestamp)';

export const lostInsertAnswer: Anomaly = {
  name: 'lost-insert-answer',
  title: 'a day is doubled: the answer to its INSERT was lost, and the retry inserts again',
  guards: ['tokens', 'verifyCounts', 'duplicateAudit', 'acceptCounts', 'gateCounts', 'gateDuplicates'],
  how,
  rounds,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    ground.watch.start();
    await ground.acceptDay(DAY, async (candidates) => {
      const database = intercept(ground.harness.database, { when: isCandidates, instead: loseAnswer });
      await mustFail(ground.insert(candidates, DAY, { database }));
      const retried = await ground.insert(candidates, DAY, { attempt: 2 });
      await ground.accept(candidates, await ground.verify(candidates, retried));
    });
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

export const zombieExecution: Anomaly = {
  name: 'zombie-execution',
  title:
    'a day is doubled: an execution that was believed dead wakes up, and inserts after the retry’s rows were verified',
  guards: ['tokens', 'killOld', 'acceptCounts', 'gateCounts', 'gateDuplicates'],
  how,
  rounds,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    ground.watch.start();
    await ground.acceptDay(DAY, async (candidates) => {
      const ice = new Ice();
      const database = intercept(ground.harness.database, {
        when: isCandidates,
        instead: (send) => ice.stand().then(() => send()),
      });
      const zombie = ground.insert(candidates, DAY, { database });
      await ice.reached(zombie);
      const computed = await ground.verify(candidates, await ground.insert(candidates, DAY, { attempt: 2 }));
      ice.thaw();
      await zombie;
      await ground.accept(candidates, computed);
    });
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

export const slowExecution: Anomaly = {
  name: 'slow-execution',
  title: 'a day is doubled: the first INSERT still runs on the server when the retry’s rows are verified',
  guards: ['tokens', 'killOld', 'acceptCounts', 'gateCounts', 'gateDuplicates'],
  how,
  rounds: 5,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    ground.watch.start();
    await ground.acceptDay(DAY, async (candidates) => {
      const running = async () => (await ground.harness.runningInserts()).length > 0;
      const database = intercept(ground.harness.database, {
        when: isCandidates,
        instead: async (send, { sql }) => {
          send(sql.replace('WHERE toDate(timestamp)', SLOW)).catch(() => undefined);
          await waitFor('the INSERT', running);
          throw new Error('socket hang up');
        },
      });
      await mustFail(ground.insert(candidates, DAY, { database }));
      const computed = await ground.verify(candidates, await ground.insert(candidates, DAY, { attempt: 2 }));
      await waitFor('the end of the INSERT', async () => !(await running()));
      await ground.accept(candidates, computed);
    });
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

export const repeatedAccept: Anomaly = {
  name: 'repeated-accept',
  title: 'a day is doubled: the answer to its accept was lost, and the retry accepts again',
  guards: ['oneRun', 'gateCounts', 'gateDuplicates'],
  how,
  rounds,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.harness.command('TRUNCATE TABLE llma_metrics_versions');
    await ground.addSnapshot(DAY);
    ground.watch.start();
    const candidates = await ground.open();
    const computed = await ground.compute(DAY, candidates);
    const database = intercept(ground.harness.database, { when: isAccept, instead: loseAnswer });
    await mustFail(ground.accept(candidates, computed, { database }));
    await ground.accept(candidates, computed, { attempt: 2 });
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

async function mustFail(promise: Promise<unknown>): Promise<void> {
  const ended = await promise.then(
    () => 'well',
    () => 'failed',
  );
  if (ended === 'well') throw new Error('expected a lost answer');
}
