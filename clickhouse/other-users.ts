import { errorCode } from './errors.js';

/** Microseconds of the server's clock: who asked before then may have gone. */
const RECENT = 2_000_000;

/** Milliseconds for which an answer stands: partitions that begin at once look once. */
const STANDS = 100;

/** Of one processor. A probe that asks now and then takes less. */
const AT_WORK = 0.02;

/** Of a server that has no such table, or column, or shows it to nobody without a grant. */
const NOT_SHOWN: ReadonlySet<number | undefined> = new Set([47, 60, 497]);

/** What `other-users.sql` says: 64-bit integers are strings. */
export interface Look {
  /** Microseconds of processors. */
  readonly busy: string;
  /** Microseconds since 1970. */
  readonly at: string;
  readonly threads: number;
}

/**
 * Whether others are at work on the server, from what their queries took of its processors in the last two seconds. Where nobody has looked
 * for longer, all that they took since then counts: it may have been just now. The first look of all takes nobody for there.
 */
export class OtherUsers {
  readonly #ask: () => Promise<readonly Look[]>;
  #looks: readonly { readonly busy: number; readonly at: number }[] = [];
  #latest: { readonly until: number; readonly threads: Promise<number | undefined> } | undefined;

  constructor(ask: () => Promise<readonly Look[]>) {
    this.#ask = ask;
  }

  /** Threads for a query of ours that reads much: half of what it would have, while others are at work; else undefined, the server's. */
  async threads(): Promise<number | undefined> {
    const now = performance.now();
    if (this.#latest === undefined || this.#latest.until < now) {
      this.#latest = { until: now + STANDS, threads: this.#look() };
    }
    return await this.#latest.threads;
  }

  async #look(): Promise<number | undefined> {
    const [row] = await this.#ask().catch((error: unknown) => {
      if (NOT_SHOWN.has(errorCode(error))) return [];
      throw error;
    });
    if (row === undefined) return undefined;
    const look = { busy: Number(row.busy), at: Number(row.at) };
    const recent = this.#looks.filter(({ at }) => at > look.at - RECENT);
    const [first = look] = (this.#looks = [...(recent.length > 0 ? recent : this.#looks.slice(-1)), look]);
    const share = (look.busy - first.busy) / Math.min(RECENT, Math.max(1, look.at - first.at));
    return share >= AT_WORK && row.threads > 1 ? Math.ceil(row.threads / 2) : undefined;
  }
}
