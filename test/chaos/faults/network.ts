import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../plan.js';
import type { Treatment } from '../proxy.js';
import type { World } from '../world.js';
import { Missed, type Harm } from './harm.js';
import { slotOf } from './workers.js';

/** All of a worker's connections to ClickHouse break, on both sides. */
export const cut: Harm = async (world, { target }, aimed) => {
  const slot = world.slots[Math.floor(target * world.slots.length)];
  await aimed(slot ? [slot] : world.slots);
  slot?.proxy.cut();
};

/** Everything that a worker says takes long. */
export const delay: Harm = (world, fault) =>
  during(world, fault, { do: 'delay', ms: 50 + Math.round(950 * ((7 * fault.target) % 1)) });

/** ClickHouse does the work, and the worker never hears of it. */
export const swallow: Harm = (world, fault) => once(world, fault, { do: 'swallow' });

/** The connection breaks, and the statement arrives later all the same. */
export const late: Harm = (world, fault) => once(world, { ...fault, ms: 10_000 }, { do: 'late', ms: fault.ms });

/** What a replica answers that has lost its ZooKeeper. The engine here has none: the proxy answers in its place. */
export const readOnlyReplica: Harm = (world, fault) =>
  during(world, fault, { do: 'answer', code: 242, name: 'TABLE_IS_READ_ONLY' });

/** The user's memory is used up: ClickHouse itself refuses (241). */
export const memory: Harm = (world, fault) =>
  during(world, fault, { do: 'set', settings: { max_memory_usage_for_user: '1', max_untracked_memory: '1' } });

/** The user's number of queries is used up: ClickHouse itself refuses (202). */
export const tooManyQueries: Harm = (world, fault) =>
  during(world, fault, { do: 'set', settings: { max_concurrent_queries_for_user: '1' } });

async function during(world: World, { target, ms }: Fault, treatment: Treatment): Promise<void> {
  const remove = slotOf(world, target).proxy.add({ treatment });
  await sleep(ms);
  remove();
}

/** Treats the next statement of the fault's kind, whichever worker says it. */
async function once(world: World, { aim, ms }: Fault, treatment: Treatment): Promise<void> {
  const rule = { treatment, times: 1, ...(aim ? { kind: aim } : {}) };
  const removes = world.slots.map(({ proxy }) => proxy.add(rule));
  const until = Date.now() + ms;
  while (rule.times > 0 && Date.now() < until) await sleep(20);
  for (const remove of removes) remove();
  if (rule.times > 0) throw new Missed(`no statement "${aim ?? 'any'}" came within ${ms} ms`);
}
