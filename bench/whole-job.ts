/** The whole job through Temporal, from start to result, beside the reference work on the same server: `tsx bench/whole-job.ts TINY MID LARGE`. */
import { openGround, type Ground } from './ground.js';
import { reference, SIZES, START, type SizeName } from './reference.js';
import { spread } from './statistics.js';
import { addDays, parsePartition } from '../config/partition.js';

const ROUNDS = 3;

/** The metrics of a size: two are what other tools were measured with, at its side; undefined is all that are shipped. */
const METRICS: Readonly<Record<SizeName, readonly string[] | undefined>> = {
  TINY: ['event_counts', 'error_rates'],
  MID: ['event_counts', 'error_rates'],
  LARGE: undefined,
};

const named = process.argv.slice(2);
const sizes = (named.length > 0 ? named : Object.keys(SIZES)) as SizeName[];
process.stdout.write('size    days  what                   min  median     max ms    ms a partition\n');
for (const name of sizes) await measure(name);

async function measure(name: SizeName): Promise<void> {
  const { days } = SIZES[name];
  const metrics = METRICS[name];
  const input = metrics ? { metrics } : {};
  const ground = await openGround(SIZES[name]);
  try {
    const decode: number[] = [];
    const job: number[] = [];
    await ground.backfill('warm', input);
    const before = await ground.cpu();
    for (let round = 0; round < ROUNDS; round++) {
      decode.push(await decodeAll(ground, days));
      job.push(await ground.backfill(String(round), input));
    }
    line(name, 'decode.sql', decode);
    line(name, 'whole job', job);
    const after = await ground.cpu();
    for (const process of Object.keys(after) as (keyof typeof after)[]) {
      // With the reference work, which is ClickHouse's alone.
      const ms = ((after[process] - before[process]) * 1000) / ROUNDS / days;
      stdout(`${name.padEnd(14)}CPU of ${process.padEnd(12)} ${ms.toFixed(1).padStart(30)}`);
    }
    const ratio = spread(job).median / spread(decode).median;
    stdout(`${name.padEnd(14)}whole job ÷ decode.sql ${ratio.toFixed(2)}`);
  } finally {
    await ground.close();
  }
}

function stdout(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function decodeAll({ clickhouse }: Ground, days: number): Promise<number> {
  const began = performance.now();
  await clickhouse.command({
    query: reference('decode.sql'),
    query_params: { from: START, to: addDays(parsePartition(START), days) },
    clickhouse_settings: { wait_end_of_query: 1 },
  });
  return performance.now() - began;
}

function line(name: SizeName, what: string, times: readonly number[]): void {
  const { min, median, max } = spread(times);
  const shown = [min, median, max].map((ms) => ms.toFixed(0).padStart(7)).join(' ');
  const each = (median / SIZES[name].days).toFixed(1).padStart(10);
  process.stdout.write(
    `${name.padEnd(6)} ${String(SIZES[name].days).padStart(5)}  ${what.padEnd(18)} ${shown}       ${each}\n`,
  );
}
