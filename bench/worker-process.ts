import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { foreignEnvironment } from '../config/environment.js';
import { choosePort } from '../embedded/ports.js';

/** `llma worker`; or one whose SQL costs nothing. */
export type WorkerKind = 'product' | 'silent';

const path = (of: string) => fileURLToPath(new URL(of, import.meta.url));
const MAIN: Readonly<Record<WorkerKind, readonly string[]>> = {
  product: [path('../bin/llma.js'), 'worker'],
  silent: ['--import', 'tsx', path('./silent/worker.ts')],
};

export interface WorkerProcessOptions {
  readonly kind: WorkerKind;
  /** Where to write a CPU profile of each of its threads when it ends: for `chrome://inspect`, or speedscope. */
  readonly profileDir?: string | undefined;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a worker, and returns when it is healthy. */
export async function startWorkerProcess(
  settings: Readonly<Record<string, string>>,
  { kind, profileDir }: WorkerProcessOptions,
): Promise<WorkerProcess> {
  const address = `127.0.0.1:${await choosePort({ what: 'a worker' })}`;
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = spawn(process.execPath, [...profile, ...MAIN[kind]], {
    env: { ...foreignEnvironment(), ...settings, LLMA_WORKER_ADDRESS: address },
    stdio: ['ignore', 'ignore', 'inherit'],
    // In a session of its own, as a service is.
    detached: true,
  });
  // A benchmark that ends early leaves no worker behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await healthy(child, `http://${address}/healthz`);
  return {
    pid: child.pid ?? NaN,
    async stop() {
      const closed = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined;
      child.kill('SIGTERM');
      await closed;
      process.off('exit', kill);
    },
  };
}

async function healthy(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    const isHealthy = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the worker ended with ${String(child.exitCode ?? child.signalCode)}`);
    }
    await after(100);
  }
}
