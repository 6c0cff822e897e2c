import type { Fault } from '../plan.js';
import type { WorkerSlot } from '../worker-slot.js';
import type { World } from '../world.js';

/** Waits for the moment that a fault is aimed at; at once when it is aimed at none. */
export type Aim = (slots?: readonly WorkerSlot[]) => Promise<void>;

/** Does one fault, and returns when it is over: what was frozen goes on, what was killed is started again. */
export type Harm = (world: World, fault: Fault, aimed: Aim) => Promise<void>;

/** There was nothing to harm. */
export class Missed extends Error {
  override readonly name = 'Missed';
}
