import type { Partition } from '../../config/partition.js';
import { judge, twoStates, type Wrong } from './oracle.js';

/** Kinds of wrong reads; the last one is ClickHouse's own exception, and known. */
export type WrongRead = Wrong | typeof DOUBLED_BY_KILL;
export const DOUBLED_BY_KILL = 'doubled after kill -9 of ClickHouse';

/** The states of a day, which a reader sees in a table of their own. */
export const statesOf = (day: Partition): string => `${day} states`;

/** A day as one read saw it, and must not have. */
export interface Finding {
  /** Or its states. */
  readonly day: string;
  readonly kind: WrongRead;
  readonly why: string;
  readonly text: string;
}

/** A month that was doubled by a kill of ClickHouse, until it was right again. Milliseconds since 1970. */
export interface Doubled {
  readonly month: string;
  readonly from: number;
  /** When ClickHouse was last killed again meanwhile: whoever mends the month began again then. */
  killedAgain?: number;
  to?: number;
  reads: number;
}

/** What was known when a read began. */
export interface Begun {
  readonly floors: ReadonlyMap<string, number>;
  readonly startedAt: number;
}

interface DayState {
  seen: number;
  begun: number;
  /** When the latest read began that saw something right. */
  rightAt: number;
}

/** Everything that readers have seen, as one history: what any of them saw, all later ones must see, or something newer. */
export class History {
  readonly doubled: Doubled[] = [];
  /** Days, and their states. */
  readonly #days: ReadonlyMap<string, DayState>;
  #killedAt = 0;
  reads = 0;

  constructor(days: readonly Partition[]) {
    const both = days.flatMap((day) => [day, statesOf(day)]);
    this.#days = new Map(both.map((day) => [day, { seen: 0, begun: 0, rightAt: 0 }]));
  }

  /** A batch of events is about to be inserted. @returns its number. */
  begin(day: Partition): number {
    this.#of(statesOf(day)).begun += 1;
    return (this.#of(day).begun += 1);
  }

  begun(day: Partition): number {
    return this.#of(day).begun;
  }

  /** ClickHouse is killed now. */
  killed(now = Date.now()): void {
    this.#killedAt = now;
    for (const open of this.doubled.filter(({ to }) => to === undefined)) open.killedAgain = now;
  }

  /** A read begins: what others see while it is under way may not be held against it. */
  beginRead(now = Date.now()): Begun {
    return { floors: new Map([...this.#days].map(([day, { seen }]) => [day, seen])), startedAt: now };
  }

  /** Judges all days of one read. @param rows what it saw of each day; an absent day had no rows. */
  check(rows: ReadonlyMap<string, string>, { floors, startedAt }: Begun, now = Date.now()): Finding[] {
    this.reads += 1;
    const findings: Finding[] = [];
    for (const [day, state] of this.#days) {
      const text = rows.get(day) ?? '';
      const verdict = judge(text, { seen: floors.get(day) ?? 0, begun: state.begun });
      if ('batches' in verdict) {
        state.seen = Math.max(state.seen, verdict.batches);
        state.rightAt = Math.max(state.rightAt, startedAt);
      } else findings.push({ day, text, why: verdict.why, kind: this.#kindOf(verdict.wrong, text, state) });
    }
    for (const day of rows.keys()) {
      if (!this.#days.has(day)) {
        findings.push({
          day,
          kind: 'unexplained',
          why: 'a day without events',
          text: rows.get(day) ?? '',
        });
      }
    }
    this.#noteDoubled(findings, now);
    return findings;
  }

  /** The exception is the exact union of two states, the newer one not older than what was seen, and only since a kill. */
  #kindOf(wrong: Wrong, text: string, { rightAt, begun, seen }: DayState): WrongRead {
    if (wrong !== 'doubled' || this.#killedAt === 0 || rightAt > this.#killedAt) return wrong;
    const [newer = 0] = twoStates(text, begun) ?? [];
    return newer >= seen && newer > 0 ? DOUBLED_BY_KILL : wrong;
  }

  #noteDoubled(findings: readonly Finding[], now: number): void {
    const months = new Set(findings.filter(({ kind }) => kind === DOUBLED_BY_KILL).map(({ day }) => day.slice(0, 7)));
    for (const open of this.doubled.filter(({ to }) => to === undefined)) {
      if (!months.delete(open.month)) open.to = now;
      else open.reads += 1;
    }
    for (const month of months) this.doubled.push({ month, from: now, reads: 1 });
  }

  #of(day: string): DayState {
    const state = this.#days.get(day);
    if (!state) throw new Error(`the campaign has no day ${day}`);
    return state;
  }
}
