import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { choosePort } from '../../embedded/ports.js';
import { bundledMain } from './bundled-main.js';
import { waitFor } from './temporal-wait-for.js';
import type { Guard } from './unguarded/guards.js';

/** A worker in a process of its own, that can be killed. */
export interface WorkerProcess {
  readonly pid: number;
  /** `http://host:port` of `/healthz` and `/metrics`. */
  readonly url: string;
  /** Everything that it printed. */
  output(): string;
  /** Ends with its exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** SIGTERM, and what it ended with. */
  stop(): Promise<number | string>;
  /** SIGKILL: what a crash does to it. */
  kill(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./unguarded/worker-main.ts', import.meta.url));
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

type Environment = Readonly<Record<string, string>>;

/**
 * Starts a worker with these settings of the environment, and returns when it is healthy. It is what `llma worker` runs, but its
 * workflows were bundled beforehand: that takes seconds. @param off guards to do without.
 */
export async function startWorkerProcess(settings: Environment, off: readonly Guard[] = []): Promise<WorkerProcess> {
  return await start([await bundledMain(MAIN), ...off], settings);
}

async function start(main: readonly string[], settings: Environment): Promise<WorkerProcess> {
  const address = `127.0.0.1:${await choosePort({ what: 'a worker' })}`;
  const child = spawn(process.execPath, main, {
    cwd: tmpdir(),
    env: {
      ...ownEnvironment(),
      LLMA_WORKER_ADDRESS: address,
      LLMA_LOG_LEVEL: 'WARN',
      LLMA_RECOVERY_SECONDS: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => lines.push(data.toString()));
  running.add(child);
  let ended = false;
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      ended = true;
      running.delete(child);
      resolve(code ?? signal ?? 'unknown');
    });
  });
  const worker: WorkerProcess = {
    pid: child.pid ?? 0,
    url: `http://${address}`,
    output: () => lines.join(''),
    exited,
    async stop() {
      child.kill('SIGTERM');
      return await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
  const healthy = await waitFor('a healthy worker', async () => ended || (await isHealthy(worker.url)), 60_000);
  if (healthy && !ended) return worker;
  throw new Error(`the worker ended at its start (${await exited}):\n${worker.output()}`);
}

/** Workers of this file that still run: none, when every test has stopped its own. */
export function runningWorkers(): number[] {
  return [...running].map(({ pid }) => pid ?? 0);
}

export async function killAllWorkers(): Promise<void> {
  for (const child of running) child.kill('SIGKILL');
  await waitFor('the end of all workers', () => running.size === 0);
}

async function isHealthy(url: string): Promise<boolean> {
  return (await fetch(`${url}/healthz`)).status === 200;
}

/** Ours without what would configure the worker or its Node behind the test's back. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(NODE_OPTIONS$|VITEST|LLMA_|CLICKHOUSE_|TEMPORAL_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
