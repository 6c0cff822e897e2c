import type { Anomaly } from './anomaly.js';
import type { Ground } from './ground.js';

const DAY = '2026-04-10';

/** A restart of ClickHouse empties Memory tables, and keeps them: here it comes while a day is computed and accepted. */
function emptied(
  of: Pick<Anomaly, 'name' | 'title' | 'guards'>,
  day: (ground: Ground, candidates: string) => Promise<void>,
): Anomaly {
  return {
    ...of,
    how: 'made',
    rounds: 5,
    async drive(ground) {
      await ground.begin(DAY);
      await ground.addSnapshot(DAY);
      await ground.acceptDay(DAY, (candidates) => day(ground, candidates));
      ground.watch.start();
      await ground.publishUntilDone(DAY);
      await ground.watch.look();
    },
  };
}

const TITLE = 'a day is shown empty: ClickHouse restarts, and its memory with it, after the day was';

export const emptiedBeforeInsert = emptied(
  {
    name: 'emptied-before-insert',
    title: `${TITLE} decoded`,
    guards: ['sliceCounts', 'verifyCounts', 'acceptCounts', 'gateCounts'],
  },
  async (ground, candidates) => {
    const decoded = await ground.decode(DAY);
    await ground.restart();
    const inserted = await ground.insert(candidates, DAY, { decoded });
    await ground.accept(candidates, await ground.verify(candidates, inserted));
  },
);

export const emptiedBeforeVerify = emptied(
  {
    name: 'emptied-before-verify',
    title: `${TITLE} computed`,
    guards: ['verifyCounts', 'acceptCounts', 'gateCounts'],
  },
  async (ground, candidates) => {
    const inserted = await ground.insert(candidates, DAY);
    await ground.restart();
    await ground.accept(candidates, await ground.verify(candidates, inserted));
  },
);

export const emptiedBeforeAccept = emptied(
  {
    name: 'emptied-before-accept',
    title: `${TITLE} verified`,
    guards: ['acceptCounts', 'gateCounts', 'verifyCounts'],
  },
  async (ground, candidates) => {
    const computed = await ground.compute(DAY, candidates);
    await ground.restart();
    await ground.accept(candidates, computed);
  },
);
