import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../embedded/wait.js';
import type { WorkerSlot } from '../worker-slot.js';
import type { World } from '../world.js';
import type { Harm } from './harm.js';

/** The worker that a fault is for, or the one that is less busy with others. */
export function slotOf({ slots }: World, target: number): WorkerSlot {
  const [preferred] = slots.slice(Math.floor(target * slots.length));
  const slot = [...slots].sort((a, b) => a.busy - b.busy)[0];
  const chosen = preferred?.busy === 0 ? preferred : slot;
  if (!chosen) throw new Error('the campaign has no workers');
  return chosen;
}

/** Longest wait for a worker that is still starting, in ms. */
const STARTS_WITHIN = 20_000;

/** A worker that has not begun yet has nothing to lose: it is harmed when it works. */
async function atWork(slot: WorkerSlot): Promise<void> {
  await waitUntil(async () => slot.ready, { ms: STARTS_WITHIN });
}

/** `kill -9`; some ms later another one takes its place. */
export const killWorker: Harm = (world, { target, ms }, aimed) => {
  const slot = slotOf(world, target);
  return slot.inTurn(async () => {
    await atWork(slot);
    await aimed([slot]);
    await slot.end('SIGKILL');
    await sleep(ms);
    slot.start();
  });
};

/** SIGTERM, as a deployment does. */
export const stopWorker: Harm = (world, { target, ms }) => {
  const slot = slotOf(world, target);
  return slot.inTurn(async () => {
    await atWork(slot);
    await slot.end('SIGTERM');
    await sleep(ms);
    slot.start();
  });
};

/** SIGSTOP for longer than its heartbeats may be away, then SIGCONT: it goes on where it was, and others have its work. */
export const freezeWorker: Harm = (world, { target, ms }, aimed) => {
  const slot = slotOf(world, target);
  return slot.inTurn(async () => {
    await atWork(slot);
    await aimed([slot]);
    slot.signal('SIGSTOP');
    await sleep(ms);
    slot.signal('SIGCONT');
  });
};

/** A worker whose clock is wrong takes another one's place, until that one's next restart. */
export const skewWorker: Harm = (world, { target, ms }) => {
  const slot = slotOf(world, target);
  return slot.inTurn(async () => {
    await atWork(slot);
    await slot.end('SIGKILL');
    slot.start(ms);
  });
};
