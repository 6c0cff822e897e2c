/**
 * How long analysts wait while a backfill runs, beside an idle server: `tsx bench/analysts.ts MID 50`, a size of the reference data and
 * queries a second. Queries are begun at that pace, whether those before have answered or not.
 */
import { setTimeout as after } from 'node:timers/promises';
import { openGround, type Ground } from './ground.js';
import { SIZES, START, type SizeName } from './reference.js';
import { quantile } from './statistics.js';

const QUERIES = 1000;
const ROUNDS = 3;
const QUERY = `SELECT date, sum(metric_value) AS events FROM llma_metrics_daily
WHERE team_id = {team:UInt64} AND metric_name = 'ai_generation_count' AND date >= {start:Date} GROUP BY date ORDER BY date`;

const [size = 'MID', pace = '50'] = process.argv.slice(2) as [SizeName?, string?];
const ground = await openGround(SIZES[size]);
try {
  await ground.backfill('first');
  await read(ground, 100);
  process.stdout.write(
    `${size}, ${QUERIES} queries a round, ${pace} a second\n${' '.repeat(20)}p50     p95     p99  ms\n`,
  );
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const idle = await read(ground, QUERIES);
    const busy = await duringBackfills(ground, round);
    line('idle', idle);
    line('during a backfill', busy);
    ratios.push(quantile(busy, 0.95) / quantile(idle, 0.95));
  }
  process.stdout.write(`p95 during a backfill ÷ idle: ${ratios.map((ratio) => ratio.toFixed(2)).join('  ')}\n`);
} finally {
  await ground.close();
}

/** Backfills one after another for as long as is read. */
async function duringBackfills(of: Ground, round: number): Promise<number[]> {
  let done = false;
  const backfills = (async () => {
    for (let n = 0; !done; n++) await of.backfill(`${round}-${n}`);
  })();
  // The first of them has begun to read.
  await after(500);
  const times = await read(of, QUERIES).finally(() => (done = true));
  await backfills;
  return times;
}

/** @returns milliseconds from the moment at which each query should have begun to its answer. */
async function read({ clickhouse }: Ground, count: number): Promise<number[]> {
  const every = 1000 / Number(pace);
  const began = performance.now();
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const due = began + index * every;
      await after(Math.max(0, due - performance.now()));
      const result = await clickhouse.query({
        query: QUERY,
        query_params: { team: 1 + (index % 20), start: START },
        clickhouse_settings: { priority: '1' },
        format: 'JSONEachRow',
      });
      await result.json();
      return performance.now() - due;
    }),
  );
}

function line(what: string, times: readonly number[]): void {
  const shown = [0.5, 0.95, 0.99].map((q) => quantile(times, q).toFixed(1).padStart(7));
  process.stdout.write(`${what.padEnd(18)}${shown.join(' ')}\n`);
}
