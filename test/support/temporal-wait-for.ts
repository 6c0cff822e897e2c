import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until `probe` answers something true, and returns that. An error counts as "not yet".
 * @param what is waited for, for the message of the failure.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  ms = 20_000,
): Promise<T> {
  const until = Date.now() + ms;
  let last: unknown = 'not yet';
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until)
      throw new Error(`waited ${ms / 1000} s in vain for: ${what} (${String(last)})`, { cause: last });
    await sleep(20);
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
