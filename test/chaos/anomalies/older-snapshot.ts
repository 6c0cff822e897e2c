import type { Anomaly } from './anomaly.js';

const DAY = '2026-04-10';

export const olderSnapshot: Anomaly = {
  name: 'older-snapshot',
  title:
    'an older snapshot replaces a newer one: a run stands still before its accept, another computes, accepts and publishes the day with later events',
  guards: ['versionOrder', 'fence', 'lookAgain'],
  how: 'made',
  rounds: 10,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    const candidates = await ground.open();
    const old = await ground.compute(DAY, candidates);
    await ground.renew(DAY);
    ground.watch.start();
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
    await ground.accept(candidates, old);
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};
