/** A process of its own that asks as analysts do, at a given pace, whether earlier answers have come or not. Prints what it saw as JSON. */
import { Agent, request } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import type { AnalystInput, AnalystReport } from './analysts.js';

const QUERY = `SELECT date, sum(metric_value) AS events FROM llma_metrics_daily
WHERE team_id = {team:UInt64} AND metric_name = 'ai_generation_count' AND date >= {start:Date} GROUP BY date ORDER BY date`;

/** Before what counts: connections are opened, code is compiled. */
const WARM = 300;

const input = JSON.parse(String(process.argv[2])) as AnalystInput;
// Bare HTTP: this process takes the processors of the server that it measures, and a client would take four times as much of them.
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
await ask(WARM);
const cpu = process.cpuUsage();
const began = performance.now();
const asked = await ask(input.queries);
const { user, system } = process.cpuUsage(cpu);
const report: AnalystReport = { ...asked, cpuShare: (user + system) / 1000 / (performance.now() - began) };
process.stdout.write(JSON.stringify(report));
agent.destroy();

/** Begins queries at the pace; each is timed from the moment at which it was due. */
async function ask(queries: number): Promise<Pick<AnalystReport, 'times' | 'late'>> {
  const every = 1000 / input.pace;
  const start = performance.now();
  const late: number[] = [];
  const times: Promise<number>[] = [];
  for (let index = 0; index < queries; index++) {
    const due = start + index * every;
    // Timers are exact to a millisecond: a query is never early.
    while (performance.now() < due) await after(Math.max(0, Math.ceil(due - performance.now())));
    late.push(performance.now() - due);
    times.push(answer(1 + (index % input.teams)).then(() => performance.now() - due));
  }
  return { times: await Promise.all(times), late };
}

/** Asks for a team's days, and takes the answer to its end. */
function answer(team: number): Promise<void> {
  const { url, username, password, database, start } = input;
  const query = new URLSearchParams({
    database,
    default_format: 'JSONEachRow',
    param_team: String(team),
    param_start: start,
  });
  return new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', auth: `${username}:${password}` };
    const asking = request(`${url}/?${query.toString()}`, options, (response) => {
      response.on('error', reject).on('end', resolve).resume();
      if (response.statusCode !== 200) reject(new Error(`ClickHouse answered ${response.statusCode}`));
    });
    asking.on('error', reject).end(QUERY);
  });
}
