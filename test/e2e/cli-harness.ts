import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { inject } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { loadSettings } from '../../config/settings.js';
import type { Finding } from '../../scripts/doctor/finding.js';
import type { Host, StopSignal } from '../../scripts/host.js';
import { main } from '../../scripts/llma.js';
import { startWorker } from '../../worker/run.js';
import { TWO_TEMPLATES } from '../support/activity-deps.js';
import { workflowBundle } from '../support/temporal-bundle.js';
import { openNamespace, type TestNamespace } from '../support/temporal-namespace.js';
import { quietRuntime } from '../support/temporal-runtime.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

type Environment = Readonly<Record<string, string>>;

/** What a command printed, and ended with. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly done: Promise<Ran>;
  /** What it has printed so far. */
  readonly printed: () => string;
  /** What Ctrl-C does. */
  stop(signal?: StopSignal): void;
}

export interface StartOptions {
  /** Over the harness's own. */
  readonly environment?: Environment;
  /** Both outputs are terminals. */
  readonly terminal?: boolean;
}

/** The command line in this process, with a database and a namespace of its own. */
export interface Cli {
  readonly temporal: TestNamespace;
  readonly database: string;
  readonly clickhouse: ClickHouseClient;
  readonly environment: Environment;
  start(argv: readonly string[], options?: StartOptions): Running;
  run(...argv: readonly string[]): Promise<Ran>;
  /** With `--json`. @throws unless standard output is JSON, and nothing else */
  json<T>(...argv: readonly string[]): Promise<T>;
  /** Until it is told to stop, or the harness closes. */
  worker(environment?: Environment): Promise<() => Promise<void>>;
  addEvents(day: string, events: number, team?: number): Promise<void>;
  close(): Promise<void>;
}

export async function openCli(more: Environment = {}): Promise<Cli> {
  const temporal = await openNamespace(more['TEMPORAL_ADDRESS'] ?? inject('temporalAddress'));
  const database = `t_cli_${randomBytes(4).toString('hex')}`;
  const directory = temporaryDirectory();
  const environment = {
    CLICKHOUSE_URL: inject('clickhouseUrl'),
    CLICKHOUSE_DATABASE: database,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    LLMA_WORKER_ADDRESS: '127.0.0.1:0',
    LLMA_LOG_LEVEL: 'ERROR',
    // Nothing mends itself behind a test's back.
    LLMA_RECOVERY_SECONDS: '0',
    LLMA_PARTITION_START_DATE: '2026-01-01',
    ...more,
  };
  const clickhouse = createClient({ url: inject('clickhouseUrl'), clickhouse_settings: { wait_end_of_query: 1 } });
  const stops: (() => Promise<void>)[] = [];
  const start: Cli['start'] = (argv, options = {}) =>
    startCommand(
      argv,
      { directory, environment: fewTemplates({ ...environment, ...options.environment }) },
      options.terminal === true,
    );
  return {
    temporal,
    database,
    clickhouse,
    environment,
    start,
    run: (...argv) => start(argv).done,
    async json<T>(...argv: readonly string[]) {
      const { stdout } = await start([...argv, '--json']).done;
      return JSON.parse(stdout) as T;
    },
    async worker(workerEnvironment = {}) {
      const settings = loadSettings(fewTemplates({ ...environment, ...workerEnvironment }), directory);
      const exporter = await quietRuntime();
      const options = { workflowBundle: await workflowBundle() };
      const worker = await startWorker(settings, exporter, { createActivities, options });
      const stop = async () => {
        worker.shutdown();
        await worker.done;
      };
      stops.push(stop);
      return async () => {
        stops.splice(stops.indexOf(stop), 1);
        await stop();
      };
    },
    async addEvents(day, events, team = 1) {
      await clickhouse.command({
        query: `INSERT INTO ${database}.events (uuid, event, properties, timestamp, team_id, distinct_id)
          SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64({day:String}, 6, 'UTC') + number, {team:Int64}, 'u' FROM numbers({events:UInt32})`,
        query_params: { day: `${day} 00:00:00`, events, team },
      });
    },
    async close() {
      for (const stop of stops) await stop();
      await clickhouse.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` });
      await clickhouse.close();
      await temporal.close();
    },
  };
}

/** Of those that are shipped a worker computes two, unless a test is about others. */
function fewTemplates(environment: Environment): Environment {
  return 'LLMA_SQL_DIR' in environment ? environment : { LLMA_METRICS: TWO_TEMPLATES.join(), ...environment };
}

function startCommand(
  argv: readonly string[],
  where: Pick<Host, 'directory' | 'environment'>,
  isTTY: boolean,
): Running {
  const stdout = new Captured(isTTY);
  const stderr = new Captured(isTTY);
  const listeners = new Set<(signal: StopSignal) => void>();
  const host: Host = {
    ...where,
    stdout,
    stderr,
    onStop(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const done = main(argv, host).then((code) => ({ code, stdout: stdout.text, stderr: stderr.text }));
  return {
    done,
    printed: () => stdout.text + stderr.text,
    stop: (signal = 'SIGINT') => listeners.forEach((listener) => listener(signal)),
  };
}

/** What `llma doctor` found. */
export interface Examined {
  readonly code: number;
  /** What is not well. */
  readonly bad: readonly Finding[];
  readonly checks: readonly string[];
}

export async function doctor(cli: Cli, environment: Environment, options: readonly string[] = []): Promise<Examined> {
  const { code, stdout } = await cli.start(['doctor', '--json', ...options], { environment }).done;
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  if (ok !== (code === 0)) throw new Error(`ok is ${ok}, the exit code ${code}`);
  return { code, bad: findings.filter(({ level }) => level !== 'ok'), checks: findings.map(({ check }) => check) };
}

/** Waits until a command has printed this. */
export async function until({ printed }: Running, text: RegExp): Promise<void> {
  while (!text.test(printed())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A stream that keeps what is written, and may call itself a terminal. */
export class Captured extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 120;
  readonly rows = 40;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What cli-progress asks of a terminal. */
  cursorTo(): boolean {
    return true;
  }

  moveCursor(): boolean {
    return true;
  }

  clearLine(): boolean {
    return true;
  }

  /** As a real terminal's: it is what asks for NO_COLOR. */
  getColorDepth(): number {
    return WriteStream.prototype.getColorDepth({ ...process.env, TERM: 'xterm-256color' });
  }
}
