import { join } from 'node:path';
import type { Guard } from '../support/unguarded/guards.js';
import { waitFor } from '../support/temporal-wait-for.js';
import type { Doubled } from './history.js';
import { Injector } from './injector.js';
import { LateEvents } from './late-events.js';
import { Log } from './log.js';
import type { FaultKind } from './plan.js';
import { Readers, type ReadReport } from './readers.js';
import { settle, type Settled } from './settle.js';
import { gather, type Statistics } from './statistics.js';
import { createWorld, type World } from './world.js';
import { Workload, type Load } from './workload.js';

export interface CampaignOptions {
  readonly seed: number;
  readonly faults: number;
  readonly every: number;
  readonly kinds: readonly FaultKind[];
  readonly days: number;
  readonly workers: number;
  readonly load: Load;
  /** Seconds in which everything must have settled. */
  readonly settle: number;
  readonly guardsOff: readonly Guard[];
  /** Folder of the servers' data. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly onProgress?: (progress: CampaignProgress) => void;
}

export interface CampaignProgress {
  readonly state: 'starting' | 'harming' | 'settling' | 'counting';
  readonly done: number;
  readonly reads: number;
  readonly wrong: number;
}

export interface CampaignReport extends ReadReport, Settled, Statistics {
  readonly seed: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly aimed: ReadonlyMap<string, number>;
  readonly doubled: readonly Doubled[];
  readonly batches: number;
  /** Workers that ended without being asked to, because a server was away when they started. */
  readonly ownEnds: number;
  /** Workers that did not end well when they were asked to, with their last words. */
  readonly badEnds: readonly string[];
  readonly seconds: number;
  readonly log: string;
}

/** Does harm for a while, lets everything settle, and says what was seen. */
export async function campaign(options: CampaignOptions): Promise<CampaignReport> {
  const began = Date.now();
  const log = new Log(options.logFile);
  log.write('campaign', { ...options, onProgress: undefined });
  let world: World | undefined;
  try {
    world = await createWorld({ ...options, dataDir: join(options.dataDir, 'servers'), log });
    const report = await run(world, options);
    const seconds = Math.round((Date.now() - began) / 1000);
    const all = { ...report, seed: options.seed, seconds, log: options.logFile };
    log.write('report', { ...all, faults: [...all.faults], aimed: [...all.aimed], wrong: [...all.wrong] });
    return all;
  } finally {
    await world?.close();
    await log.close();
  }
}

async function run(world: World, options: CampaignOptions) {
  const { seed } = options;
  const injecting: { injector?: Injector } = {};
  const readers = new Readers(world, ({ text, ...finding }) => {
    world.log.write('wrong read', { ...finding, active: injecting.injector?.active() ?? [], rows: text.split('\n') });
  });
  const show = (state: CampaignProgress['state'], done = options.faults) => {
    const { reads, wrong } = readers.report();
    options.onProgress?.({ state, done, reads, wrong: [...wrong.values()].reduce((a, b) => a + b, 0) });
  };
  const injector = new Injector(world, { ...options, onDone: (done) => show('harming', done) });
  injecting.injector = injector;
  const [events, workload] = [new LateEvents(world, seed), new Workload(world, options)];
  try {
    show('starting', 0);
    await events.fill(2);
    await startWorkers(world);
    readers.start();
    events.start();
    await workload.start();
    await injector.run();
    await events.stop();
    workload.stop();
    await heal(world);
    const last = workload.computeAll();
    const settled = await settle(world, { seconds: options.settle, last, onLook: () => show('settling') });
    await workload.pauseSchedule();
    await readers.stop();
    show('counting');
    return { ...readers.report(), ...settled, ...(await gather(world)), ...(await sums(world, injector)) };
  } finally {
    await Promise.allSettled([readers.stop(), events.stop(), workload.close()]);
  }
}

async function sums(world: World, { counts, aimed }: Injector) {
  return {
    badEnds: await endWorkers(world),
    ...{ faults: counts, aimed, doubled: world.history.doubled },
    batches: world.days.reduce((sum, day) => sum + world.history.begun(day), 0),
    ownEnds: world.slots.reduce((sum, slot) => sum + slot.ownEnds, 0),
  };
}

async function startWorkers({ slots }: World): Promise<void> {
  for (const slot of slots) slot.start();
  await waitFor('workers', () => slots.every(({ ready }) => ready), 120_000);
}

/** Faults are over: clocks are right again, and nothing lies between the workers and ClickHouse. */
async function heal({ slots }: World): Promise<void> {
  for (const slot of slots) {
    slot.proxy.clear();
    if (slot.skewMs === 0) continue;
    await slot.end('SIGTERM');
    slot.start();
  }
}

async function endWorkers({ slots }: World): Promise<string[]> {
  const ends = slots.map(async (slot) => {
    const how = await slot.end('SIGTERM');
    return how === 0 ? [] : [`worker ${slot.index} ended with ${how}: ${slot.lastLines()}`];
  });
  return (await Promise.all(ends)).flat();
}
