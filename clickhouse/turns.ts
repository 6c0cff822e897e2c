import { setTimeout as after } from 'node:timers/promises';

/** Milliseconds that a statement leaves to others when it is done, at most: as long as it took. */
const LONGEST_REST = 50;

/** How a statement waits for its turn. */
export interface Waiting {
  /** Aborting ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the wait begins, and when it is over. */
  readonly onWait?: ((waiting: boolean) => void) | undefined;
}

/**
 * Statements of one process take turns while others are at work on the server, and leave them a while after each. A long one doesn't keep
 * the next from its turn for ever, and nothing waits longer than a turn may last. When nobody is there, nothing waits.
 */
export class Turns {
  readonly #places: () => Promise<number | undefined>;
  readonly #longest: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /**
   * @param places how many statements at once; undefined: as many as come
   * @param longest milliseconds for which a turn lasts at most, and for which a statement waits for its own
   */
  constructor(places: () => Promise<number | undefined>, longest = 5_000) {
    this.#places = places;
    this.#longest = longest;
  }

  /** @throws `signal.reason` when it aborts before the turn came; whatever `say` throws */
  async take<T>(say: () => Promise<T>, waiting: Waiting): Promise<T> {
    const places = await this.#places();
    if (places === undefined) return await say();
    if (this.#taken < places) this.#taken += 1;
    else await this.#turn(waiting);
    const pass = once(() => this.#pass());
    const long = setTimeout(pass, this.#longest);
    const began = performance.now();
    try {
      return await say();
    } finally {
      clearTimeout(long);
      setTimeout(pass, Math.min(performance.now() - began, LONGEST_REST));
    }
  }

  /** To who has waited longest, if anybody does. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken -= 1;
  }

  async #turn({ signal, onWait }: Waiting): Promise<void> {
    const come = new AbortController();
    const go = () => come.abort();
    this.#waiting.push(go);
    onWait?.(true);
    const either = signal ? AbortSignal.any([signal, come.signal]) : come.signal;
    await after(this.#longest, undefined, { signal: either }).catch(() => undefined);
    onWait?.(false);
    const at = this.#waiting.indexOf(go);
    const came = at < 0;
    if (!came) this.#waiting.splice(at, 1);
    if (signal?.aborted) {
      if (came) this.#pass();
      throw signal.reason;
    }
    // It has waited long enough, and goes beside the others.
    if (!came) this.#taken += 1;
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
