import { setTimeout as sleep } from 'node:timers/promises';
import type { Partition } from '../../config/partition.js';
import { ERRORS_EVERY, KINDS, TEAMS } from './oracle.js';
import { random } from './random.js';
import { ownSql, type World } from './world.js';

/** Events that arrive late, batch after batch, somewhere in the range, until it is stopped. */
export class LateEvents {
  readonly #world: World;
  readonly #sql = ownSql('add-batch.sql');
  readonly #draw;
  #stopped = false;
  #giveUpAt = Infinity;
  #loop: Promise<void> = Promise.resolve();

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#draw = random(seed, 'late events');
  }

  /** Batches that every day begins with. */
  async fill(batches: number): Promise<void> {
    for (const day of this.#world.days) for (let i = 0; i < batches; i++) await this.#add(day);
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** @throws what ClickHouse says, when it doesn't take the last batch within so many ms. */
  async stop(patience = 60_000): Promise<void> {
    this.#stopped = true;
    this.#giveUpAt = Math.min(this.#giveUpAt, Date.now() + patience);
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { days } = this.#world;
    while (!this.#stopped) {
      // The look-back's days get more, as the latest days do.
      const day = this.#draw.next() < 0.25 ? this.#draw.pick(days.slice(-4)) : this.#draw.pick(days);
      await this.#add(day);
      await sleep(this.#draw.between(50, 350));
    }
  }

  /** Until it is there: a batch whose answer was lost is delivered again, as the same events. */
  async #add(day: Partition): Promise<void> {
    const batch = this.#world.history.begin(day);
    const params = { day, batch, error: batch % ERRORS_EVERY === 0, teams: TEAMS, kinds: KINDS };
    for (;;) {
      try {
        return await this.#world.command(this.#sql, params);
      } catch (error) {
        if (Date.now() > this.#giveUpAt) throw error;
        await sleep(100);
      }
    }
  }
}
