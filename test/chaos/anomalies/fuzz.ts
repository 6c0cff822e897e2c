import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../clickhouse/database.js';
import { appendVersion } from '../../support/versions.js';
import type { Anomaly } from './anomaly.js';
import { TEAMS, type Ground } from './ground.js';

const DAYS = ['2026-04-01', '2026-04-08', '2026-04-15', '2026-04-22', '2026-04-30'];
const PUBLISHERS = 5;
const SECONDS = 10;

/** Nobody holds a lock: every publisher is a zombie to all others. */
export const fuzz: Anomaly = {
  name: 'fuzz',
  title:
    'any of it: publishers of one month without a lock, stalled and killed between any two statements, while days are accepted, also too late',
  guards: ['fence', 'fixedQueryId', 'verifySwap', 'lookAgain'],
  how: 'by chance',
  rounds: 2,
  async drive(ground) {
    for (const day of DAYS) await accept(ground, day, 1);
    await ground.publishUntilDone(DAYS[0] ?? '');
    await ground.watch.look();
    const until = Date.now() + SECONDS * 1000;
    const running = () => Date.now() < until;
    ground.watch.start(2);
    await Promise.all([
      accepter(ground, running),
      ...Array.from({ length: PUBLISHERS }, () => publisher(ground, running)),
    ]);
    await ground.watch.look();
  },
};

/** Newer snapshots of random days, and now and then an older one that comes too late. */
async function accepter(ground: Ground, running: () => boolean): Promise<void> {
  for (let version = 2; running(); version++) {
    const day = DAYS[Math.floor(Math.random() * DAYS.length)] ?? '';
    await accept(ground, day, version);
    if (Math.random() < 0.2) await appendVersion(ground.harness, { day, version: version - 1, rows: TEAMS });
    await sleep(30);
  }
}

async function accept(ground: Ground, day: string, version: number): Promise<void> {
  await appendVersion(ground.harness, { day, version, rows: TEAMS });
  ground.expected.set(day, version);
}

async function publisher(ground: Ground, running: () => boolean): Promise<void> {
  do await ground.publishUntilDone(DAYS[0] ?? '', { database: unreliable(ground.harness.database) });
  while (running());
}

/** Stands still, or dies, between any two statements. */
function unreliable(database: Database): Database {
  const fate = async () => {
    const luck = Math.random();
    if (luck < 0.05) await sleep(Math.random() * 1500);
    else if (luck < 0.06) throw new Error('died');
  };
  return {
    ...database,
    async select(...args) {
      await fate();
      return await database.select(...args);
    },
    async command(...args) {
      await fate();
      return await database.command(...args);
    },
  };
}
