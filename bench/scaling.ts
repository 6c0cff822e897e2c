/**
 * What grows with what: one backfill a point, one thing varied at a time, beside the same base: `tsx bench/scaling.ts [dimension …]`.
 * CPU seconds of processes and queries, rows and statements: a busy machine changes those little, and the clock a lot.
 */
import { openScalingGround, TEMPLATES, type Cost, type Point } from './scaling-ground.js';

const BASE: Point = { perDay: 4000, teams: 20, days: 10, templates: TEMPLATES.length, shards: 0, workers: 1 };
const ROUNDS = 2;

/** Of each dimension its points, from the smallest. */
const DIMENSIONS: Readonly<Partial<Record<keyof Point, readonly number[]>>> = {
  perDay: [4000, 8000, 16_000, 32_000],
  teams: [20, 200, 2000],
  days: [5, 10, 20, 40],
  templates: TEMPLATES.map((_, n) => n + 1),
  shards: [0, 1, 2, 3],
  workers: [1, 2, 3],
};

const SHOWN: readonly (keyof Cost)[] = [
  'clickhouse',
  'worker',
  'temporal',
  'statements',
  'inserts',
  'rows',
  'megabytes',
  'sent',
  'history',
  'visible',
];

const named = process.argv.slice(2) as (keyof Point)[];
const dimensions = named.length > 0 ? named : (Object.keys(DIMENSIONS) as (keyof Point)[]);
// Each of many workers is killed when this process ends, however it does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
process.setMaxListeners(100);
const ground = await openScalingGround();
try {
  for (const dimension of dimensions) await vary(dimension, DIMENSIONS[dimension] ?? []);
} finally {
  await ground.close();
}

async function vary(dimension: keyof Point, values: readonly number[]): Promise<void> {
  const costs = new Map<number, Cost[]>(values.map((value) => [value, []]));
  if (dimension !== 'workers' && dimension !== 'shards') await startWarm(BASE);
  // Round by round, so that a noisy minute meets every point.
  for (let round = 0; round < ROUNDS; round++) {
    for (const value of values) {
      const point = { ...BASE, [dimension]: value };
      // Another kind of table is another thing to know for a worker: it begins anew.
      if (dimension === 'workers' || dimension === 'shards') await startWarm(point);
      await ground.load(point);
      costs.get(value)?.push(await ground.measure(point));
      process.stderr.write('.');
    }
  }
  say(`\n${dimension.padEnd(10)}${SHOWN.map((key) => key.padStart(12)).join('')}`);
  const least = [...costs].map(([value, of]) => [value, best(of)] as const);
  for (const [value, cost] of least) {
    const numbers = SHOWN.map((key) => shown(cost[key]).padStart(12)).join('');
    say(`${String(value).padEnd(10)}${numbers}`);
  }
  const [from, to] = [least[0], least.at(-1)];
  if (!from || !to) return;
  const slopes = SHOWN.map((key) => ((to[1][key] - from[1][key]) / (to[0] - from[0])).toPrecision(2).padStart(12));
  say(`${'each more'.padEnd(10)}${slopes.join('')}`);
}

/** New workers, and a backfill that warms them up. */
async function startWarm(point: Point): Promise<void> {
  await ground.load(point);
  await ground.setWorkers(point.workers);
  await ground.run(point);
}

/** Of each cost the least: what else runs on the machine only adds. */
function best(costs: readonly Cost[]): Cost {
  const least = (key: keyof Cost) => Math.min(...costs.map((cost) => cost[key]));
  return Object.fromEntries(SHOWN.map((key) => [key, least(key)])) as unknown as Cost;
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
