import type { Harness } from '../../support/activity-harness.js';
import { NONE_OFF, type Guard, type Off } from '../../support/unguarded/guards.js';
import type { Anomaly, Report } from './anomaly.js';
import { Ground } from './ground.js';

/** Which guards of an anomaly are on. */
export interface Variant {
  readonly on: 'none' | 'all' | Guard;
  readonly off: Off;
}

/** None of an anomaly's guards, each of them alone, and all. */
export function variants({ guards }: Anomaly): Variant[] {
  return [
    { on: 'none', off: new Set(guards) },
    ...guards.map((on) => ({ on, off: new Set(guards.filter((guard) => guard !== on)) })),
    { on: 'all', off: NONE_OFF },
  ];
}

interface Options {
  readonly rounds?: number;
  readonly restart?: () => Promise<void>;
}

/** Drives an anomaly some rounds, each on empty tables, and counts what readers saw. */
export async function measure(harness: Harness, anomaly: Anomaly, off: Off, options: Options = {}): Promise<Report> {
  const { rounds = anomaly.rounds, ...rest } = options;
  const total = { done: 0, reads: 0, wrongReads: 0, wrongEnds: 0, refused: 0 };
  const examples = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    await harness.reset();
    const ground = new Ground(harness, off, { ...rest, ...(anomaly.teams ? { teams: anomaly.teams } : {}) });
    try {
      await anomaly.drive(ground, off);
    } finally {
      await ground.watch.stop();
      for (const table of await harness.temporaryTables()) await harness.command(`DROP TABLE ${table} SYNC`);
    }
    // What was refused is as it was, and known to be: nobody takes it for the newest.
    const stays = ground.refused > 0 ? [] : await ground.watch.differences(ground.expected);
    total.done += ground.done;
    total.reads += ground.watch.reads;
    total.wrongReads += ground.watch.wrong.length;
    total.wrongEnds += Number(stays.length > 0);
    total.refused += Number(ground.refused > 0);
    for (const example of [...ground.watch.wrong, ...stays].slice(0, 2)) examples.add(example);
  }
  return { rounds, ...total, examples: [...examples].slice(0, 3) };
}
