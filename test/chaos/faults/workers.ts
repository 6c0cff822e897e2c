import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerSlot } from '../worker-slot.js';
import type { World } from '../world.js';
import { Missed, type Harm } from './harm.js';

/** The worker that a fault is for, or the one that is less busy with others. */
export function slotOf({ slots }: World, target: number): WorkerSlot {
  const [preferred] = slots.slice(Math.floor(target * slots.length));
  const slot = [...slots].sort((a, b) => a.busy - b.busy)[0];
  const chosen = preferred?.busy === 0 ? preferred : slot;
  if (!chosen) throw new Error('the campaign has no workers');
  return chosen;
}

/** Harms a worker while another one works: one that has not begun yet has nothing to lose, and without any there is nothing to harm. */
async function harm(world: World, target: number, use: (slot: WorkerSlot) => Promise<void>): Promise<void> {
  const slot = slotOf(world, target);
  const busy = world.slots.some((each) => each.busy > 0 || !each.ready);
  if (busy && world.slots.length > 1) throw new Missed('a worker is being harmed already, or starts');
  await slot.inTurn(() => use(slot));
}

/** `kill -9`; some ms later another one takes its place. */
export const killWorker: Harm = (world, { target, ms }, aimed) =>
  harm(world, target, async (slot) => {
    await aimed([slot]);
    await slot.end('SIGKILL');
    await sleep(ms);
    slot.start();
  });

/** SIGTERM, as a deployment does. */
export const stopWorker: Harm = (world, { target, ms }) =>
  harm(world, target, async (slot) => {
    await slot.end('SIGTERM');
    await sleep(ms);
    slot.start();
  });

/** SIGSTOP for longer than its heartbeats may be away, then SIGCONT: it goes on where it was, and others have its work. */
export const freezeWorker: Harm = (world, { target, ms }, aimed) =>
  harm(world, target, async (slot) => {
    await aimed([slot]);
    slot.signal('SIGSTOP');
    await sleep(ms);
    slot.signal('SIGCONT');
  });

/** A worker whose clock is wrong takes another one's place, until that one's next restart. */
export const skewWorker: Harm = (world, { target, ms }) =>
  harm(world, target, async (slot) => {
    await slot.end('SIGKILL');
    slot.start(ms);
  });
