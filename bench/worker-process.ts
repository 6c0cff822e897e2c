import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { foreignEnvironment } from '../config/environment.js';
import { choosePort } from '../embedded/ports.js';

const LLMA = fileURLToPath(new URL('../bin/llma.js', import.meta.url));

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts `llma worker`, and returns when it is healthy. */
export async function startWorkerProcess(settings: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const address = `127.0.0.1:${await choosePort({ what: 'a worker' })}`;
  const child = spawn(process.execPath, [LLMA, 'worker'], {
    env: { ...foreignEnvironment(), ...settings, LLMA_WORKER_ADDRESS: address },
    stdio: ['ignore', 'ignore', 'inherit'],
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
