import type { Ground, ProcessName } from './ground.js';
import { cpuSeconds, peakBytes, resetPeak } from './processes.js';

/** What the three processes took of something. */
export type Usage = Readonly<Record<ProcessName, { readonly cpuMs: number; readonly peakBytes: number }>>;

/** Measures what each process takes while `work` runs. */
export async function usageOf({ pids }: Pick<Ground, 'pids'>, work: () => Promise<void>): Promise<Usage> {
  const names = Object.keys(pids) as ProcessName[];
  await Promise.all(names.map((name) => resetPeak(pids[name])));
  const before = await each(names, (name) => cpuSeconds(pids[name]));
  await work();
  const after = await each(names, (name) => cpuSeconds(pids[name]));
  const peaks = await each(names, (name) => peakBytes(pids[name]));
  return Object.fromEntries(
    names.map((name) => [name, { cpuMs: (after[name] - before[name]) * 1000, peakBytes: peaks[name] }]),
  ) as Usage;
}

async function each(
  names: readonly ProcessName[],
  ask: (name: ProcessName) => Promise<number>,
): Promise<Record<ProcessName, number>> {
  const entries = await Promise.all(names.map(async (name) => [name, await ask(name)] as const));
  return Object.fromEntries(entries) as Record<ProcessName, number>;
}
