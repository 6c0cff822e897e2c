import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../clickhouse/database.js';
import { gate } from '../../support/temporal-wait-for.js';
import type { Anomaly } from './anomaly.js';
import { intercept, isSwap, SMALL_BLOCKS } from './intercept.js';

const DAYS = ['2026-04-10', '2026-04-20'] as const;
const PUBLISHERS = 6;

/** ClickHouse's own: two REPLACEs of one partition at the same moment both add their parts. */
export const concurrentSwaps: Anomaly = {
  name: 'concurrent-swaps',
  title: 'the month is doubled: several publishers send their REPLACE at the same moment',
  guards: ['fence', 'fixedQueryId', 'verifySwap'],
  how: 'by chance',
  rounds: 12,
  teams: 1000,
  async drive(ground) {
    await ground.begin(...DAYS);
    ground.watch.start();
    await ground.renew(DAYS[0]);
    const meet = meeting(PUBLISHERS);
    const publishers = Array.from({ length: PUBLISHERS }, () => {
      const database = intercept(inManyParts(ground.harness.database), {
        when: isSwap,
        instead: async (send) => {
          await meet();
          return await send();
        },
      });
      return ground.publishUntilDone(DAYS[0], { database });
    });
    await Promise.all(publishers);
    await ground.watch.look();
  },
};

/** A staged month of many parts takes longer to swap in: two meet more often. */
function inManyParts(database: Database): Database {
  return intercept(database, {
    when: (sql) => isBuild.test(sql),
    instead: async (send, { sql, options }) => {
      await database.command(`SYSTEM STOP MERGES ${isBuild.exec(sql)?.[1]}`);
      return await send(sql, { ...options, settings: { ...options.settings, ...SMALL_BLOCKS } });
    },
  });
}

const isBuild = /INSERT INTO (\S*llma_pub_\S*)/;

/** A place where so many wait for each other, but not for long: some may never come. */
function meeting(size: number): () => Promise<void> {
  const all = gate();
  let here = 0;
  return async () => {
    here += 1;
    if (here === size) all.open();
    await Promise.race([all.opened, sleep(1000)]);
  };
}
