import { setTimeout as sleep } from 'node:timers/promises';
import type { DaySum, TestDatabase } from './worker-database.js';

export interface Reader {
  /** Ends it, once it has read so often. @returns how often it read, and all that it must not have seen. */
  stop(atLeast?: number): Promise<{ reads: number; wrong: string[] }>;
}

/**
 * Reads all days of the live table, one read after the other, and holds each day to be either as it was before or as it
 * must become; and once it has become so, it stays.
 * @param before each day's rows when the reader starts; @param after what they must become.
 */
export function readConcurrently(
  database: TestDatabase,
  before: ReadonlyMap<string, DaySum>,
  after: ReadonlyMap<string, DaySum>,
  pauseMs = 150,
): Reader {
  const wrong: string[] = [];
  const done = new Set<string>();
  let reads = 0;
  let stopped = false;
  const check = (visible: ReadonlyMap<string, DaySum>) => {
    for (const [day, old] of before) {
      const now = visible.get(day) ?? 'nothing';
      if (now === after.get(day)) done.add(day);
      else if (now !== old) wrong.push(`${day}: ${now}; it was ${old}, and is to be ${after.get(day)}`);
      else if (done.has(day)) wrong.push(`${day} went back to what it was before`);
    }
  };
  const loop = async () => {
    while (!stopped) {
      try {
        check(await database.visible());
        reads += 1;
      } catch (error) {
        // A server that is down shows nothing to anybody; whatever it answers must be right.
        if (/^\d+$/.test(String((error as { code?: unknown }).code))) wrong.push(String(error));
      }
      // The processor is for those who are read.
      await sleep(pauseMs);
    }
  };
  const reading = loop();
  return {
    async stop(atLeast = 0) {
      while (reads < atLeast) await sleep(25);
      stopped = true;
      await reading;
      return { reads, wrong: wrong.slice(0, 10) };
    },
  };
}
