import type { Database } from '../../../clickhouse/database.js';
import { gate } from '../../support/temporal-wait-for.js';
import type { Anomaly } from './anomaly.js';
import type { Ground } from './ground.js';
import { intercept, isSwap, SMALL_BLOCKS } from './intercept.js';

const DAYS = ['2026-04-10', '2026-04-20'] as const;
const PUBLISHERS = 6;

/** ClickHouse's own: two REPLACEs of one partition at the same moment both add their parts. */
export const concurrentSwaps: Anomaly = {
  name: 'concurrent-swaps',
  title: 'the month is doubled: several publishers send their REPLACE at the same moment',
  guards: ['fence', 'fixedQueryId', 'verifySwap'],
  how: 'by chance',
  rounds: 8,
  teams: 1000,
  async drive(ground) {
    await ground.begin(...DAYS);
    ground.watch.start();
    await ground.renew(DAYS[0]);
    const meet = meeting(PUBLISHERS);
    const publishers = Array.from({ length: PUBLISHERS }, () => swapTogether(ground, meet));
    await Promise.all(publishers);
    await ground.watch.look();
  },
};

/** A publisher that waits for all others before its swap; and begins again, by itself, when it was overtaken. */
async function swapTogether(ground: Ground, meet: () => Promise<void>): Promise<void> {
  let met = false;
  const database = intercept(inManyParts(ground.harness.database), {
    when: isSwap,
    instead: async (send) => {
      met = true;
      await meet();
      return await send();
    },
  });
  try {
    await ground.publish(DAYS[0], { database });
  } catch {
    // Whoever never comes is not waited for.
    if (!met) void meet();
    await ground.publishUntilDone(DAYS[0]);
  }
}

/** A staged month of many parts takes longer to swap in: two meet more often. */
export function inManyParts(database: Database): Database {
  return intercept(database, {
    when: (sql) => isBuild.test(sql),
    instead: async (send, { sql, options }) => {
      await database.command(`SYSTEM STOP MERGES ${isBuild.exec(sql)?.[1]}`);
      return await send(sql, { ...options, settings: { ...options.settings, ...SMALL_BLOCKS } });
    },
  });
}

const isBuild = /INSERT INTO (\S*llma_pub_\S*)/;

/** A place where so many wait for each other. */
function meeting(size: number): () => Promise<void> {
  const all = gate();
  let here = 0;
  return async () => {
    here += 1;
    if (here === size) all.open();
    await all.opened;
  };
}
