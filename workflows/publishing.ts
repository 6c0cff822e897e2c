import { condition } from '@temporalio/workflow';
import type { ComputedDay } from '../activities/accept-partitions.js';
import type { Month } from '../config/partition.js';
import type { ChunkResult } from './chunk.js';
import type { Control } from './control.js';
import type { DayOutcome } from './plan/outcomes.js';
import { publishAccepted } from './publish.js';

/** How long accepted days wait for more of their month, in ms. */
const PATIENCE = 10_000;

/** Accepted days on their way to readers: one publish after the other, and one for several chunks of a month where these are quick. */
export class Publishing {
  readonly #settle: (outcomes: readonly DayOutcome[]) => void;
  readonly #control: Pick<Control, 'paused'>;
  readonly #waiting = new Map<Month, ComputedDay[]>();
  #work: Promise<void> = Promise.resolve();
  #isTimed = false;

  /** @param settle told how days have ended. @param control of the run: while it is paused, nothing comes that could be waited for */
  constructor(settle: (outcomes: readonly DayOutcome[]) => void, control: Pick<Control, 'paused'>) {
    this.#settle = settle;
    this.#control = control;
  }

  /** The end of all publishes that were begun, and of the clean-ups of their chunks. Rejects with the first that failed. */
  get done(): Promise<void> {
    return this.#work;
  }

  /**
   * Publishes a chunk's days when the publishes before it have ended.
   * @param chunk or what finishes it, then.
   * @param mayWait whether a month's days may wait for others instead, for a while.
   */
  add(chunk: ChunkResult | (() => Promise<ChunkResult>), mayWait: (month: Month) => boolean): void {
    this.#queue(async () => {
      const { accepted, tidied, endedBy } = typeof chunk === 'function' ? await chunk() : chunk;
      for (const [month, days] of accepted) this.#waiting.set(month, [...(this.#waiting.get(month) ?? []), ...days]);
      const due = [...this.#waiting.keys()].filter((month) => !mayWait(month));
      if (due.length < this.#waiting.size) void this.#publishInTime();
      const [published] = await Promise.allSettled([this.#publish(due), tidied]);
      await tidied;
      if (published.status === 'rejected') throw published.reason;
      if (endedBy !== undefined) throw endedBy;
    });
  }

  /** Publishes all that waits, and waits for it. */
  async finish(): Promise<void> {
    const publishAll = () => this.#publish([...this.#waiting.keys()]);
    // What is finished last says what waits.
    await this.#work.finally(() => (this.#waiting.size > 0 ? publishAll() : undefined));
  }

  /** Whatever becomes of the one before: these days are accepted, and so they become visible. */
  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.finally(work);
    // A failure is seen where it is awaited; until then nobody may call it unhandled.
    this.#work.catch(() => undefined);
  }

  async #publish(months: readonly Month[]): Promise<void> {
    const accepted = new Map<Month, ComputedDay[]>();
    for (const month of months) {
      const days = this.#waiting.get(month);
      if (days) accepted.set(month, days);
      this.#waiting.delete(month);
    }
    this.#settle(await publishAccepted(accepted));
  }

  /** Days that wait become visible whatever the next chunk does. */
  async #publishInTime(): Promise<void> {
    if (this.#isTimed) return;
    this.#isTimed = true;
    // Of a run that is cancelled the end is not in question: it finishes.
    const over = () => this.#waiting.size === 0 || this.#control.paused;
    const isCancelled = await condition(over, PATIENCE).then(
      () => false,
      () => true,
    );
    this.#isTimed = false;
    if (this.#waiting.size > 0 && !isCancelled) this.#queue(() => this.#publish([...this.#waiting.keys()]));
  }
}
