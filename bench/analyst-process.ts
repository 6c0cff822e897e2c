/** A process of its own that asks as analysts do, at a given pace, whether earlier answers have come or not. Prints what it saw as JSON. */
import { setTimeout as after } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import type { AnalystInput, AnalystReport } from './analysts.js';

const QUERY = `SELECT date, sum(metric_value) AS events FROM llma_metrics_daily
WHERE team_id = {team:UInt64} AND metric_name = 'ai_generation_count' AND date >= {start:Date} GROUP BY date ORDER BY date`;

/** Before what counts: connections are opened, code is compiled. */
const WARM = 50;

const input = JSON.parse(String(process.argv[2])) as AnalystInput;
const { url, username, password, database } = input;
const clickhouse = createClient({ url, username, password, database, max_open_connections: 256 });
await ask(WARM);
const cpu = process.cpuUsage();
const began = performance.now();
const asked = await ask(input.queries);
const { user, system } = process.cpuUsage(cpu);
const report: AnalystReport = { ...asked, cpuShare: (user + system) / 1000 / (performance.now() - began) };
process.stdout.write(JSON.stringify(report));
await clickhouse.close();

/** Begins queries at the pace; each is timed from the moment at which it was due. */
async function ask(queries: number): Promise<Pick<AnalystReport, 'times' | 'late'>> {
  const every = 1000 / input.pace;
  const start = performance.now();
  const late: number[] = [];
  const times = await Promise.all(
    Array.from({ length: queries }, async (_, index) => {
      const due = start + index * every;
      // Timers are exact to a millisecond: a query is never early.
      while (performance.now() < due) await after(Math.max(0, Math.ceil(due - performance.now())));
      late.push(performance.now() - due);
      const query_params = { team: 1 + (index % input.teams), start: input.start };
      const result = await clickhouse.query({ query: QUERY, query_params, format: 'JSONEachRow' });
      await result.json();
      return performance.now() - due;
    }),
  );
  return { times, late };
}
