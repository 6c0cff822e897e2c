import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURE } from './plan/failures.js';

/** What operators steer a run with while it works. A pause is a set of reasons: the run goes on when the last one is released. */
export class Control {
  readonly #reasons: Set<string>;
  #concurrency: number | undefined;

  constructor(concurrency?: number, reasons: readonly string[] = []) {
    this.#concurrency = concurrency;
    this.#reasons = new Set(reasons);
  }

  /** The settings are there. What operators have asked for until then stays. */
  begin(concurrency: number): void {
    this.#concurrency ??= concurrency;
  }

  get concurrency(): number {
    return this.#concurrency ?? 1;
  }

  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
  }

  get paused(): boolean {
    return this.#reasons.size > 0;
  }

  get reasons(): string[] {
    return [...this.#reasons];
  }

  pause(reason: string): void {
    this.#reasons.add(reason);
  }

  /** Releases one reason, or all of them. */
  resume(reason?: string): void {
    if (reason === undefined) this.#reasons.clear();
    else this.#reasons.delete(reason);
  }
}

/** An update that is refused. */
export function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: FAILURE.invalidInput, message, nonRetryable: true });
}
