/**
 * What each guard is for: drives every anomaly without its guards, with each of them alone, and with all, on a ClickHouse of
 * its own, and prints what readers saw. `npm run chaos:guards [-- NAME … --rounds N --on GUARD|none|all --json]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { Harness } from '../support/activity-harness.js';
import type { Anomaly, Report } from './anomalies/anomaly.js';
import { ANOMALIES } from './anomalies/index.js';
import { measure, variants, type Variant } from './anomalies/measure.js';
import { parseGuardsOptions } from './guards-options.js';
import { orExit } from './or-exit.js';

const options = orExit(parseGuardsOptions);
const chosen = ANOMALIES.filter(({ name }) => options.anomalies.length === 0 || options.anomalies.includes(name));
const say = (line: string): void => void (options.json ? undefined : console.log(line));

type Result = Report & { readonly anomaly: string; readonly how: Anomaly['how']; readonly on: Variant['on'] };

const dataDir = await mkdtemp(join(tmpdir(), 'llma-guards-'));
const server = await startClickHouse({ dataDir });
const harness = new Harness(server.url);
try {
  await harness.open();
  const results: Result[] = [];
  for (const anomaly of chosen) results.push(...(await drive(anomaly)));
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
  process.exitCode = results.some(({ on, ...of }) => isWrong(of) !== (on === 'none') && ['none', 'all'].includes(on))
    ? 1
    : 0;
} finally {
  await harness.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function drive(anomaly: Anomaly): Promise<Result[]> {
  const { name, how, title } = anomaly;
  say(`\n${name} (${how}): ${title}`);
  say(`  ${'guards on'.padEnd(16)}   rounds     done    reads  wrong reads  stays wrong  refused`);
  const results: Result[] = [];
  for (const { on, off } of variants(anomaly).filter((variant) => variant.on === (options.on ?? variant.on))) {
    const rounds = options.rounds === undefined ? {} : { rounds: options.rounds };
    const report = await measure(harness, anomaly, off, { restart: () => restart(server), ...rounds });
    const numbers = [report.rounds, report.done, report.reads].map((number) => String(number).padStart(9)).join('');
    const wrong = [report.wrongReads, report.wrongEnds].map((number) => String(number).padStart(13)).join('');
    say(`  ${on.padEnd(16)}${numbers}${wrong}${String(report.refused).padStart(9)}  ${report.examples[0] ?? ''}`);
    results.push({ anomaly: name, how, on, ...report });
  }
  return results;
}

function isWrong({ wrongReads, wrongEnds }: Pick<Report, 'wrongReads' | 'wrongEnds'>): boolean {
  return wrongReads + wrongEnds > 0;
}

/** A crash, and a server that is there again for whoever asks. */
async function restart({ kill, restart: begin }: ClickHouseServer): Promise<void> {
  await kill();
  await begin();
  await harness.select('SELECT 1');
}
