import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until `probe` answers something true, and returns that. An error counts as "not yet". The longer it has
 * waited, the longer it pauses: what takes seconds is not sooner there for being asked fifty times in each of them.
 * @param what is waited for, for the message of the failure.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  ms = 20_000,
): Promise<T> {
  const began = Date.now();
  let last: unknown = 'not yet';
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    const waited = Date.now() - began;
    if (waited > ms) throw new Error(`waited ${ms / 1000} s in vain for: ${what} (${String(last)})`, { cause: last });
    await sleep(Math.min(Math.max(20, waited / 10), 250));
  }
}

/** A promise with its two ends in hand. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** Something that a test holds back until it says so. */
export function gate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
