import type { Anomaly } from './anomaly.js';

const DAY = '2026-04-10';

/** A restart of ClickHouse empties Memory tables, and keeps them. */
export const emptiedBeforeVerify: Anomaly = {
  name: 'emptied-before-verify',
  title: 'a day is shown empty: ClickHouse restarts, and its memory with it, after the day was computed',
  guards: ['verifyCounts', 'acceptCounts', 'gateCounts'],
  how: 'made',
  rounds: 5,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    await ground.acceptDay(DAY, async (candidates) => {
      const inserted = await ground.insert(candidates, DAY);
      await ground.restart();
      await ground.accept(candidates, await ground.verify(candidates, inserted));
    });
    ground.watch.start();
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

export const emptiedBeforeAccept: Anomaly = {
  name: 'emptied-before-accept',
  title: 'a day is shown empty: ClickHouse restarts, and its memory with it, after the day was verified',
  guards: ['acceptCounts', 'gateCounts', 'verifyCounts'],
  how: 'made',
  rounds: 5,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    await ground.acceptDay(DAY, async (candidates) => {
      const computed = await ground.compute(DAY, candidates);
      await ground.restart();
      await ground.accept(candidates, computed);
    });
    ground.watch.start();
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

export const emptiedBeforeInsert: Anomaly = {
  name: 'emptied-before-insert',
  title: 'a day is shown empty: ClickHouse restarts, and its memory with it, after the day was decoded',
  guards: ['sliceCounts', 'verifyCounts', 'acceptCounts', 'gateCounts'],
  how: 'made',
  rounds: 5,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    await ground.acceptDay(DAY, async (candidates) => {
      const decoded = await ground.decode(DAY);
      await ground.restart();
      await ground.accept(
        candidates,
        await ground.verify(candidates, await ground.insert(candidates, DAY, { decoded })),
      );
    });
    ground.watch.start();
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};
