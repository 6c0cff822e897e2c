import { inspect } from 'node:util';

const REDACTED = '***';

/** A value that must not reach a log, an error, a history or a process list: everything that prints it shows `***`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that hands it to a server. */
  reveal(): string {
    return this.#value;
  }

  get isEmpty(): boolean {
    return this.#value === '';
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/**
 * `record` for code that looks up its entries, hidden from everything that prints it: it may hold secrets that we don't know by name.
 * A copy of it is hidden no more.
 */
export function hidden<T extends object>(record: T): T {
  const print = { value: () => REDACTED };
  return Object.defineProperties({ ...record }, { toJSON: print, [inspect.custom]: print });
}
