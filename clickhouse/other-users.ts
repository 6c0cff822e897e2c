import { setTimeout as after } from 'node:timers/promises';
import { errorCode } from './errors.js';

/** Microseconds of the server's clock: who asked before then may have gone. */
const RECENT = 2_000_000;

/** Milliseconds for which an answer stands: partitions that begin at once look once. */
const STANDS = 100;

/** Milliseconds for which an answer is waited for. When none comes, whoever was there still is: nothing of ours may wait for a lost answer. */
const PATIENCE = 2_000;

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

/** How much of the server is ours while others are at work. */
interface Share {
  /** Of a query that reads much; undefined: the server's, of one there is no half. */
  readonly threads: number | undefined;
  /** Statements of this process at once. */
  readonly statements: number;
}

/**
 * Whether others are at work on the server, from what their queries took of its processors in the last two seconds. Where nobody has looked
 * for longer, all that they took since then counts: it may have been just now. The first look of all takes nobody for there.
 */
export class OtherUsers {
  readonly #ask: () => Promise<readonly Look[]>;
  #looks: readonly { readonly busy: number; readonly at: number }[] = [];
  #latest: { readonly at: number; readonly share: Promise<Share | undefined> } | undefined;
  /** What the latest look that has ended says. */
  #share: Share | undefined;

  constructor(ask: () => Promise<readonly Look[]>) {
    this.#ask = ask;
  }

  /** Threads for a query of ours that reads much: half of what it would have, while others are at work; else undefined, the server's. */
  async threads(): Promise<number | undefined> {
    return (await this.#within(STANDS))?.threads;
  }

  /**
   * How many statements of ours at once leave others half of the server's threads, while they are at work; else undefined. Only `threads`
   * finds out that somebody has come: while nobody is there, what is small costs no look.
   */
  async statements(): Promise<number | undefined> {
    return this.#share && (await this.#within(RECENT / 1000))?.statements;
  }

  /** From a look that is no older than so many milliseconds. */
  async #within(milliseconds: number): Promise<Share | undefined> {
    const now = performance.now();
    if (this.#latest === undefined || this.#latest.at < now - milliseconds) {
      const share = this.#look();
      this.#latest = { at: now, share };
      // A look that failed says nothing to those who come later.
      share.then(
        (seen) => (this.#share = seen),
        () => (this.#latest = undefined),
      );
    }
    return await this.#latest.share;
  }

  async #look(): Promise<Share | undefined> {
    const asked = this.#ask().catch((error: unknown) => {
      if (NOT_SHOWN.has(errorCode(error))) return [];
      throw error;
    });
    const rows = await Promise.race([asked, after(PATIENCE, undefined, { ref: false })]);
    if (rows === undefined) return this.#share;
    const [row] = rows;
    if (row === undefined) return undefined;
    const look = { busy: Number(row.busy), at: Number(row.at) };
    const recent = this.#looks.filter(({ at }) => at > look.at - RECENT);
    const [first = look] = (this.#looks = [...(recent.length > 0 ? recent : this.#looks.slice(-1)), look]);
    const taken = (look.busy - first.busy) / Math.min(RECENT, Math.max(1, look.at - first.at));
    if (taken < AT_WORK) return undefined;
    return {
      threads: row.threads > 1 ? Math.ceil(row.threads / 2) : undefined,
      statements: Math.max(1, Math.floor(row.threads / 2)),
    };
  }
}
