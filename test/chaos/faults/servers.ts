import { setTimeout as sleep } from 'node:timers/promises';
import type { Restartable } from '../../../embedded/restartable.js';
import type { Harm } from './harm.js';

/** `kill -9` of ClickHouse; some ms later it comes back with its data. */
export const killClickHouse: Harm = async ({ stack, history }, { ms }, aimed) => {
  await killed(stack.clickhouse, ms, async () => {
    await aimed();
    history.killed();
  });
};

/** `kill -9` of Temporal, likewise. */
export const killTemporal: Harm = async ({ stack }, { ms }) => {
  await killed(stack.temporal, ms, async () => undefined);
};

const last = new WeakMap<Restartable, Promise<void>>();

/** One kill after the other: the next one waits until the server is back. */
async function killed(server: Restartable, ms: number, before: () => Promise<void>): Promise<void> {
  const kill = async () => {
    await before();
    await server.kill();
    await sleep(ms);
    await server.restart();
  };
  const done = (last.get(server) ?? Promise.resolve()).then(kill);
  last.set(
    server,
    done.catch(() => undefined),
  );
  await done;
}
