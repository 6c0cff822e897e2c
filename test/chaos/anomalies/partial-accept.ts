import { setTimeout as sleep } from 'node:timers/promises';
import { newToken } from '../../../clickhouse/names.js';
import type { Anomaly } from './anomaly.js';
import type { Ground } from './ground.js';
import { intercept, isAccept, isCandidates, SMALL_BLOCKS } from './intercept.js';

const DAY = '2026-04-10';

export const partialAccept: Anomaly = {
  name: 'partial-accept',
  title:
    'half of a day is shown: its accept is killed in the middle, and another run publishes the month before it is tried again',
  guards: ['oneBlock', 'gateCounts', 'acceptCounts'],
  how: 'made',
  rounds: 8,
  teams: 1000,
  async drive(ground) {
    await ground.begin(DAY);
    await ground.addSnapshot(DAY);
    ground.watch.start();
    const candidates = await ground.open();
    const inSmallBlocks = intercept(ground.harness.database, {
      when: isCandidates,
      instead: (send, { sql, options }) =>
        send(sql, { ...options, settings: { ...options.settings, ...SMALL_BLOCKS } }),
    });
    const inserted = await ground.insert(candidates, DAY, { database: inSmallBlocks });
    const computed = await ground.verify(candidates, inserted);
    await acceptAndKill(ground, (database) => ground.accept(candidates, computed, { database }));
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
    await ground.accept(candidates, computed, { attempt: 2 });
    await ground.publishUntilDone(DAY);
    await ground.watch.look();
  },
};

type Accept = (database: Ground['harness']['database']) => Promise<void>;

/** Half a second a block, and eight at once: the marker is there long before the last row. */
const SLOW = { max_threads: 8 };
const SLEEP = 'WHERE NOT ignore(sleepEachRow(0.005)) AND c.template';

/** Kills an accept as soon as its marker is there; or in its middle, when nothing is. */
async function acceptAndKill({ harness }: Ground, accept: Accept): Promise<void> {
  const queryId = `llma-${newToken()}`;
  const before = await markers();
  const slow = intercept(harness.database, {
    when: isAccept,
    instead: (send, { sql, options }) =>
      send(sql.replace('WHERE c.template', SLEEP), {
        ...options,
        queryId,
        settings: { ...options.settings, ...SLOW },
      }),
  });
  const ended = accept(slow).then(
    () => 'accepted',
    () => 'killed',
  );
  const until = Date.now() + 1100;
  while (Date.now() < until && (await markers()) === before) await sleep(10);
  await harness.command(`KILL QUERY WHERE query_id = {queryId:String} SYNC`, { queryId });
  if ((await ended) === 'accepted') throw new Error('the accept was over before it was killed');

  async function markers(): Promise<number> {
    const [row] = await harness.select<{ n: number }>(
      `SELECT count() AS n FROM llma_metrics_versions WHERE metric_name = ''`,
    );
    return row?.n ?? 0;
  }
}
