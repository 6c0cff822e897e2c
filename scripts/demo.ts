/** Everything from nothing: the servers, the schema, real and generated events, the schedule, a worker, two backfills, the resulting table. */
import { createClient } from '@clickhouse/client';
import { Command } from 'commander';
import { foreignEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/settings.js';
import { addDays, fromTime, previousDay } from '../config/partition.js';
import { startStack, type Stack } from '../embedded/stack.js';
import { loadGenerated } from '../examples/load-generated.js';
import { loadTrace, TRACE_DATE } from '../examples/load-trace.js';
import { startWorker } from '../worker/run.js';
import { installRuntime } from '../worker/runtime.js';
import { SEARCH_ATTRIBUTE } from '../workflows/plan/names.js';
import { summary } from './demo-summary.js';
import { EXIT } from './errors.js';
import { processHost, type Host } from './host.js';
import { main } from './llma.js';

const DATA_DIR = '.llma/demo';
const GENERATED_DAYS = 45;
const began = Date.now();
/** Whether everything is there, and a Ctrl-C ends it gracefully. */
let ready = false;

const options = new Command('npm run demo --')
  .description(`Shows everything, from nothing, on servers of its own with their data in ${DATA_DIR}, until Ctrl-C.`)
  .option('--exit', 'end when everything was shown')
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.refused))
  .parse()
  .opts<{ readonly exit?: true }>();

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const title = (text: string): void => say(`\n── ${text} (${((Date.now() - began) / 1000).toFixed(1)} s)`);

/** The demo's own settings alone: nothing of this shell's leads it to other servers. */
function environmentOf({ clickhouse, temporal }: Stack): Record<string, string | undefined> {
  return {
    ...foreignEnvironment(),
    CLICKHOUSE_URL: clickhouse.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_UI_URL: temporal.uiUrl,
    LLMA_PARTITION_START_DATE: TRACE_DATE,
    LLMA_WORKER_ADDRESS: '127.0.0.1:0',
    LLMA_LOG_LEVEL: 'WARN',
  };
}

/** Runs a command as a person would type it. */
async function llma(host: Host, ...argv: string[]): Promise<void> {
  say(`$ npx llma ${argv.join(' ')}`);
  const code = await main(argv, host);
  if (code !== 0) throw new Error(`llma ${argv.join(' ')} ended with ${code}`);
}

async function load(url: string): Promise<void> {
  const clickhouse = createClient({ url });
  try {
    const trace = await loadTrace({ clickhouse, database: 'llma' });
    say(`real       ${trace.inserted} calls of ${TRACE_DATE} (Azure LLM inference trace, CC-BY 4.0): teams 1 and 2`);
    const days = await loadGenerated({ clickhouse, database: 'llma', days: GENERATED_DAYS });
    say(`generated  ${days.inserted} events of ${days.from} … ${days.to}, from a seed: teams 101 and more`);
  } finally {
    await clickhouse.close();
  }
}

async function demo(stack: Stack, stopped: Promise<unknown>): Promise<void> {
  const environment = environmentOf(stack);
  const host: Host = { ...processHost(), environment };
  const yesterday = previousDay(fromTime(Date.now()));

  title('schema and events');
  await llma(host, 'migrate', '--with-sources');
  await load(stack.clickhouse.url);

  title('schedule and worker');
  await llma(host, 'schedule', 'apply');
  const settings = loadSettings(environment);
  const worker = await startWorker(settings, await installRuntime(settings.worker, []));
  say(`worker ready · ${worker.healthUrl}/healthz and /metrics`);
  try {
    title('backfills: the real day, and the generated ones');
    await llma(host, 'backfill', '--from', TRACE_DATE, '--to', TRACE_DATE, '--wait');
    await llma(host, 'backfill', '--from', addDays(yesterday, 1 - GENERATED_DAYS), '--to', yesterday, '--wait');

    title('the real day');
    await llma(host, 'show', TRACE_DATE);

    title('the last 7 days, all teams: what can be added up');
    say(await summary(settings));

    title('ready');
    ready = true;
    say(links(stack));
    if (options.exit) return;
    say('\nCtrl-C stops everything.');
    await stopped;
  } finally {
    worker.shutdown();
    await worker.done;
  }
}

function links({ clickhouse, temporal }: Stack): string {
  return [
    `Temporal UI   ${temporal.uiUrl}`,
    `ClickHouse    ${clickhouse.url}/play`,
    '',
    'Try, in another terminal:',
    `  export CLICKHOUSE_URL=${clickhouse.url} TEMPORAL_ADDRESS=${temporal.address} LLMA_PARTITION_START_DATE=${TRACE_DATE}`,
    '  npx llma schedule trigger',
    '  npx llma progress',
    '  npx llma doctor',
    `  npx llma show ${previousDay(fromTime(Date.now()))}`,
  ].join('\n');
}

let stop: (reason: string) => void = () => undefined;
const stopped = new Promise<string>((resolve) => (stop = resolve));
process.once('SIGINT', () => stop('SIGINT')).once('SIGTERM', () => stop('SIGTERM'));

try {
  say(`Starting clean in ${DATA_DIR}: what an earlier demo left there is removed.`);
  const stack = await startStack({
    dataDir: DATA_DIR,
    fresh: true,
    clickhousePort: 8123,
    temporalPort: 7233,
    temporalUiPort: 8233,
    searchAttributes: Object.values(SEARCH_ATTRIBUTE),
    log: (line) => (line.includes('busy') ? say(line) : undefined),
  });
  say(`ClickHouse  ${stack.clickhouse.binary}\nTemporal    ${stack.temporal.binary}`);
  try {
    const ended = demo(stack, stopped);
    // A Ctrl-C in the middle does not wait for the backfills: it is a demo. Without its servers there is nothing to show.
    const lost = await Promise.race([ended, stopped.then(() => (ready ? ended : undefined)), stack.ended]);
    if (lost !== undefined) throw new Error(`${lost}; start again with "npm run demo"`);
  } finally {
    await stack.stop();
    say('stopped: nothing is left running');
  }
  if (!ready) process.exit(0);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  // What still waits for an answer waits for nobody.
  process.exit(1);
}
