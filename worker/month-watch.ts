import type { MonthLook } from '../clickhouse/look.js';
import type { Month } from '../config/partition.js';

/** What is to be done about a month after a look at it. */
export type Step =
  /** Nothing: it is as it was when its rows were compared. */
  | 'well'
  /** Nothing yet: it has just changed, and whoever changed it may be about to publish it. */
  | 'wait'
  /** Nothing yet: a publish did not help. */
  | 'rest'
  /** Compare its rows: it has changed, and stands still since. */
  | 'compare'
  /** Publish it: it differs, and did so a look ago, since when nothing was accepted; or for three looks, whatever was. */
  | 'publish';

/** Longest pause between two publishes of a month that stays different, in ms. */
const LONGEST_PAUSE = 3_600_000;

interface Trouble {
  readonly tries: number;
  /** Milliseconds since 1970. */
  readonly nextAt: number;
}

/** What is remembered of one month from look to look. Decides, and asks nobody. */
export class MonthWatch {
  readonly month: Month;
  #last: MonthLook | undefined;
  /** Looks in a row at which it differed. */
  #differed = 0;
  /** The signatures with which its rows were compared: they were equal, they were not. */
  #equal: string | undefined;
  #different: string | undefined;
  #trouble: Trouble | undefined;

  /** @param compared the look just before which its rows were compared, and equal; without it they will be. */
  constructor(month: Month, compared?: MonthLook) {
    this.month = month;
    this.#last = compared;
    this.#equal = compared?.signature;
  }

  /** Publishes that were started for it since it was well. */
  get tries(): number {
    return this.#trouble?.tries ?? 0;
  }

  /** Decides what is to be done after a look. Times are milliseconds since 1970. */
  look(look: MonthLook, now: number): Step {
    const before = this.#last;
    this.#last = look;
    const publish = this.#trouble && now < this.#trouble.nextAt ? 'rest' : 'publish';
    this.#differed = look.differs ? this.#differed + 1 : 0;
    if (look.differs) {
      // A run that accepts days publishes them soon. After a publish of ours: one that is at work changes the signature.
      const isLeft = this.#differed > 2 || before?.accepted === look.accepted;
      const stands = this.#trouble ? before?.signature === look.signature : isLeft;
      return this.#differed > 1 && stands ? publish : 'wait';
    }
    if (look.signature === this.#equal) return 'well';
    if (look.signature !== before?.signature) return 'wait';
    return look.signature === this.#different ? publish : 'compare';
  }

  /** Its rows were compared. @returns the publishes that it took until they are the current ones. */
  wasCompared(equal: boolean): number {
    const { tries } = this;
    this.#equal = equal ? this.#last?.signature : undefined;
    this.#different = equal ? undefined : this.#last?.signature;
    if (equal) this.#trouble = undefined;
    return tries;
  }

  /** A publish was started: the next one comes after a pause, twice as long each time. */
  wasPublished(now: number, pause: number): void {
    const tries = this.tries + 1;
    this.#trouble = { tries, nextAt: now + Math.min(pause * 2 ** tries, LONGEST_PAUSE) };
  }
}
