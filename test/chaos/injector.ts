import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedError } from '../../embedded/errors.js';
import { HARM } from './faults/all.js';
import { Missed } from './faults/harm.js';
import { plan, type Fault, type FaultKind, type PlanOptions } from './plan.js';
import type { World } from './world.js';

export interface InjectorOptions extends PlanOptions {
  readonly seed: number;
  /** How many. */
  readonly faults: number;
  readonly onDone: (done: number) => void;
}

/** Ms after the moment at which a fault was aimed at the most. */
const AFTER_AIM = 25;

/** Does the planned faults, one after the other, while those that last longer go on. */
export class Injector {
  /** Faults that were done, by kind. */
  readonly counts = new Map<FaultKind, number>();
  /** Those of them that came at the moment that they were aimed at, by kind and moment. */
  readonly aimed = new Map<string, number>();
  readonly #world: World;
  readonly #options: InjectorOptions;
  readonly #active = new Map<Fault, Promise<void>>();
  #done = 0;
  #broken: unknown;

  constructor(world: World, options: InjectorOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Returns when the last one is over. A fault that found nothing to harm does not count, and another one is done. */
  async run(): Promise<void> {
    const { seed, faults } = this.#options;
    for (const fault of plan(seed, this.#options)) {
      await sleep(fault.after);
      while (this.#done + this.#active.size >= faults && this.#active.size > 0)
        await Promise.race(this.#active.values());
      if (this.#broken !== undefined) throw this.#broken;
      if (this.#done >= faults) return;
      const harm = this.#do(fault).finally(() => this.#active.delete(fault));
      this.#active.set(fault, harm);
    }
  }

  /** What is being done now, for the log of a wrong read. */
  active(): string[] {
    return [...this.#active.keys()].map(({ number, kind }) => `${number} ${kind}`);
  }

  async #do(fault: Fault): Promise<void> {
    const { log } = this.#world;
    log.write('fault', { ...fault });
    let hit = false;
    try {
      await HARM[fault.kind](this.#world, fault, async (slots) => {
        if (fault.aim === undefined) return;
        hit = await this.#world.next(fault.aim, slots);
        // The statement takes some ms: each of them is met now and then.
        if (hit) await sleep(Math.floor(AFTER_AIM * ((31 * fault.target) % 1)));
      });
      this.#count(fault, hit);
      log.write('fault over', { number: fault.number, kind: fault.kind, ...(hit ? { aimedAt: fault.aim } : {}) });
    } catch (error) {
      if (error instanceof EmbeddedError) this.#broken = error;
      const why = error instanceof Error ? error.message : String(error);
      log.write('fault missed', {
        number: fault.number,
        kind: fault.kind,
        unexpected: !(error instanceof Missed),
        why,
      });
    }
  }

  #count({ kind, aim }: Fault, hit: boolean): void {
    this.#done += 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (hit) this.aimed.set(`${kind} at ${aim}`, (this.aimed.get(`${kind} at ${aim}`) ?? 0) + 1);
    this.#options.onDone(this.#done);
  }
}
