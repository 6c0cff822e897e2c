/** What a backfill with the defaults costs analysts: a query 100 times a second with `priority = 1`, on the idle server and while it works. */
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { openGround } from './ground.js';
import { SIZES } from './reference.js';
import { quantile } from './statistics.js';

const EVERY_MS = 10;
const QUERIES = 2000;
const ROUNDS = 3;

const ground = await openGround({ ...SIZES.MID, days: 10 });
try {
  const analyst = createClient({
    url: ground.url,
    database: 'llma',
    max_open_connections: 64,
    clickhouse_settings: { priority: '1' },
  });
  await prepare(ground.clickhouse);
  await read(analyst, () => false, 200);
  process.stdout.write('round              queries     p50     p95     p99 ms\n');
  for (let round = 1; round <= ROUNDS; round++) {
    report(`${round} idle`, await read(analyst, () => false));
    let working = true;
    const backfill = ground.backfill(`readers-${round}`).finally(() => (working = false));
    report(`${round} backfill`, await read(analyst, () => !working));
    await backfill;
  }
  await analyst.close();
} finally {
  await ground.close();
}

/** Two years of 100 teams and 32 metrics, in a table like the daily one that nothing publishes to. */
async function prepare(clickhouse: ClickHouseClient): Promise<void> {
  await clickhouse.command({ query: 'CREATE DATABASE analysts' });
  await clickhouse.command({ query: 'CREATE TABLE analysts.daily AS llma.llma_metrics_daily' });
  await clickhouse.command({
    query: `INSERT INTO analysts.daily SELECT toDate('2024-01-01') + intDiv(number, 3200), intDiv(number, 32) % 100, concat('metric_', toString(number % 32)), number FROM numbers(3200 * 730)`,
    clickhouse_settings: { wait_end_of_query: 1 },
  });
}

/** Asks at a fixed pace, whether the queries before have ended or not. @returns ms of each, from the moment at which it was due */
async function read(analyst: ClickHouseClient, enough: () => boolean, most = QUERIES): Promise<number[]> {
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  const began = performance.now();
  for (let n = 0; n < most && !enough(); n++) {
    const due = began + n * EVERY_MS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    asked.push(ask(analyst, n % 100).then(() => void times.push(performance.now() - due)));
  }
  await Promise.all(asked);
  return times;
}

async function ask(analyst: ClickHouseClient, team: number): Promise<void> {
  const result = await analyst.query({
    query: `SELECT date, metric_value FROM analysts.daily WHERE team_id = {team:UInt64} AND metric_name = 'metric_7' AND date >= '2025-01-01' ORDER BY date`,
    query_params: { team },
    format: 'JSONEachRow',
  });
  await result.json();
}

function report(what: string, times: readonly number[]): void {
  const shown = [0.5, 0.95, 0.99].map((q) => quantile(times, q).toFixed(1).padStart(7));
  process.stdout.write(`${what.padEnd(16)} ${String(times.length).padStart(9)} ${shown.join(' ')}\n`);
}
