/** Whole jobs, and beside each of them the reference work on the same server. */
import { addDays } from '../config/partition.js';
import { backfill } from './backfill.js';
import type { Ground } from './ground.js';
import type { PartContext } from './part.js';
import { serverTime, statementsSince, type Logged } from './query-log.js';
import { rangeOf, reference } from './reference.js';
import { SIZES, type SizeName } from './sizes.js';
import { summed, timed, type Rounds, type Timed } from './timed.js';
import { usageOf, type Usage } from './usage.js';

/** What peers were measured with: two metrics. LARGE and XL compute all that are shipped. */
const TWO = { metrics: ['event_counts', 'error_rates'] };
const INPUT: Readonly<Record<SizeName, Readonly<Record<string, unknown>>>> = {
  ...{ TINY: TWO, 'TINY-365': TWO, 'TINY-3650': TWO, MID: TWO, LARGE: {}, XL: {} },
};

/** One of them. */
export interface Job {
  readonly ms: number;
  readonly usage: Usage;
  /** Our statements. */
  readonly log: readonly Logged[];
}

/** All rounds of one size. */
export interface Measured {
  readonly floor: Rounds;
  /** floor.sql once for each chunk of days: what days that share granules must cost whoever reads them apart. */
  readonly chunked: Rounds;
  readonly decode: Rounds;
  readonly jobs: readonly Job[];
}

/** Round by round, so that a noisy minute meets the job and what it is divided by. */
export async function measureRounds(ground: Ground, { size, rounds, progress }: PartContext): Promise<Measured> {
  const { clickhouse } = ground;
  const { from, to } = rangeOf(SIZES[size]);
  const floor: Timed[][] = [];
  const decode: Timed[][] = [];
  const jobs: Job[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    floor.push([await timed(clickhouse, reference('floor.sql'), { from, to })]);
    decode.push([await timed(clickhouse, reference('decode.sql'), { from, to })]);
    const since = await serverTime(clickhouse);
    let ms = NaN;
    const usage = await usageOf(ground, async () => {
      ms = await job(ground, size, String(round));
    });
    jobs.push({ ms, usage, log: await statementsSince(clickhouse, since) });
  }
  const chunked = [await floorOfChunks(ground, size)];
  return {
    floor: await summed(clickhouse, floor),
    chunked: await summed(clickhouse, chunked),
    decode: await summed(clickhouse, decode),
    jobs,
  };
}

/** The shipped default of LLMA_MAX_PARTITIONS_PER_RUN. */
const CHUNK = 14;

async function floorOfChunks({ clickhouse }: Ground, size: SizeName): Promise<Timed[]> {
  const { from, to } = rangeOf(SIZES[size]);
  const statements: Timed[] = [];
  for (let begin = from; begin < to; begin = addDays(begin, CHUNK)) {
    const end = addDays(begin, CHUNK);
    statements.push(await timed(clickhouse, reference('floor.sql'), { from: begin, to: end < to ? end : to }));
  }
  return statements;
}

/** @param days the first ones of the size; default: all @returns milliseconds from start to result */
export async function job(ground: Ground, size: SizeName, name: string, days?: number): Promise<number> {
  return await backfill(ground, { name, ...rangeOf(SIZES[size], days), input: INPUT[size] });
}
