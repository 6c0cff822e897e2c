import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ensureSchedule } from '../../scripts/schedule/apply.js';
import { monthOf } from '../../config/partition.js';
import { publishId, SCHEDULE_ID, TASK_QUEUE, WORKFLOW } from '../../workflows/plan/names.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { random, type Random } from './random.js';
import type { World } from './world.js';

/** How much is done at a time. */
export interface Load {
  readonly backfills: number;
  /** Runs of single days. */
  readonly days: number;
  /** Publishes that nobody needs: each swaps its month, so that there is always a swap to harm. */
  readonly publishes: number;
}

export const FULL_LOAD: Load = { backfills: 3, days: 4, publishes: 2 };

const CHUNKS = [1, 2, 3, 5, 9];

/** What computes while faults are done: overlapping backfills, runs of single days, and the schedule. */
export class Workload {
  readonly #world: World;
  readonly #seed: number;
  readonly #load: Load;
  readonly #closing = gate();
  #stopped = false;
  #closed = false;
  #loops: Promise<void>[] = [];

  constructor(world: World, { seed, load }: { seed: number; load: Load }) {
    this.#world = world;
    this.#seed = seed;
    this.#load = load;
  }

  async start(): Promise<void> {
    await ensureSchedule(this.#world.temporal, this.#world.settings);
    const lanes = Array.from({ length: this.#load.backfills }, (_, lane) => this.#backfills(lane));
    const publishers = Array.from({ length: this.#load.publishes }, (_, lane) => this.#publishes(lane));
    this.#loops = [...lanes, this.#days(), ...publishers];
  }

  /** Nothing new begins but what the schedule starts; what runs goes on to its end by itself. */
  stop(): void {
    this.#stopped = true;
  }

  async pauseSchedule(): Promise<void> {
    const schedule = this.#world.temporal.client.schedule.getHandle(SCHEDULE_ID);
    await waitFor('the schedule to pause', () => schedule.pause().then(() => true));
  }

  /** Computes every day once more: after the last late event, it makes all of them what the source is. */
  async computeAll(): Promise<unknown> {
    const { days } = this.#world;
    const input = { from: days[0], to: days.at(-1), maxPartitionsPerRun: 14 };
    return await this.#resultOf(await this.#run(WORKFLOW.backfill, { id: 'backfill/chaos-last', input }));
  }

  /** Waits for nothing any more, also not for runs that are open: nobody may be left who ends them. */
  async close(): Promise<void> {
    this.#stopped = this.#closed = true;
    this.#closing.open();
    await Promise.allSettled(this.#loops);
  }

  async #backfills(lane: number): Promise<void> {
    const draw = random(this.#seed, `backfills ${lane}`);
    for (let number = 1; !this.#stopped; number++) {
      const id = `backfill/chaos-${lane}-${number}`;
      await this.#settle(await this.#run(WORKFLOW.backfill, { id, input: this.#range(draw) }));
      await sleep(draw.between(0, 500));
    }
  }

  async #days(): Promise<void> {
    const draw = random(this.#seed, 'days');
    const open = new Set<Promise<void>>();
    for (let number = 1; !this.#stopped; number++) {
      const input = { partition: draw.pick(this.#world.days) };
      const run = await this.#run(WORKFLOW.daily, { id: `daily/chaos-${number}`, input });
      const ended: Promise<void> = this.#settle(run).finally(() => open.delete(ended));
      open.add(ended);
      await sleep(draw.between(200, 2000));
      if (open.size >= this.#load.days) await Promise.race(open);
    }
    await Promise.all(open);
  }

  async #publishes(lane: number): Promise<void> {
    const draw = random(this.#seed, `publishes ${lane}`);
    while (!this.#stopped) {
      const month = monthOf(draw.pick(this.#world.days));
      const run = await this.#run(WORKFLOW.publish, { id: publishId(month), input: { month } });
      await this.#settle(run);
      await sleep(draw.between(0, 500));
    }
  }

  #range(draw: Random) {
    const { days } = this.#world;
    const length = draw.between(Math.min(4, days.length), Math.min(18, days.length));
    const first = draw.between(0, days.length - length);
    return {
      from: days[first],
      to: days[first + length - 1],
      maxPartitionsPerRun: draw.pick(CHUNKS),
      concurrency: draw.between(2, 8),
      order: draw.pick(['oldest-first', 'newest-first'] as const),
    };
  }

  async #run(type: string, { id, input }: { id: string; input: unknown }): Promise<WorkflowHandle> {
    const { workflow } = this.#world.temporal.client;
    const start = async () => {
      try {
        return await workflow.start(type, { taskQueue: TASK_QUEUE, workflowId: id, args: [input] });
      } catch (error) {
        // It was started, and the answer was lost.
        if (error instanceof WorkflowExecutionAlreadyStartedError) return workflow.getHandle(id);
        throw error;
      }
    };
    return await this.#untilDone(start);
  }

  /** @throws WorkflowFailedError; a server that is away is asked again. */
  async #resultOf(run: WorkflowHandle): Promise<unknown> {
    return await this.#untilDone(
      () => run.result(),
      (error) => error instanceof WorkflowFailedError,
    );
  }

  /** However it ends: some are cancelled, terminated or reset. */
  async #settle(run: WorkflowHandle): Promise<void> {
    await this.#resultOf(run).catch(() => undefined);
  }

  /**
   * Asks again until there is an answer: Temporal goes away, and comes back. Once this is closed, it waits for none.
   * @param isAnswer errors that are one
   */
  async #untilDone<T>(ask: () => Promise<T>, isAnswer: (error: unknown) => boolean = () => false): Promise<T> {
    const closed = this.#closing.opened.then(() => Promise.reject(new Error('the workload is closed')));
    for (;;) {
      try {
        return await Promise.race([ask(), closed]);
      } catch (error) {
        if (this.#closed || isAnswer(error)) throw error;
        await sleep(200);
      }
    }
  }
}
