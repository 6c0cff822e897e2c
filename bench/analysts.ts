import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What the process of analysts is asked for. */
export interface AnalystInput {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  readonly queries: number;
  /** Queries a second. */
  readonly pace: number;
  readonly teams: number;
  /** First day that is asked for. */
  readonly start: string;
}

/** What it saw. */
export interface AnalystReport {
  /** Milliseconds of each query, from the moment at which it was due to its answer. */
  readonly times: readonly number[];
  /** Milliseconds by which each began late: what the measuring process itself adds to the times. */
  readonly late: readonly number[];
  /** Of one processor. */
  readonly cpuShare: number;
}

/**
 * Goes before everybody else on this machine, where the system lets it: analysts ask from elsewhere, and don't wait for a processor
 * of the server with their own part of the work.
 */
const FIRST = ['chrt', '--fifo', '1'] as const;

/** Whether the process of analysts goes first: Linux, for a user who may say so. */
export function goesFirst(): boolean {
  return spawnSync(FIRST[0], [...FIRST.slice(1), 'true']).status === 0;
}

/** Asks from a process and session of its own, so that nothing but the servers is slow when the benchmark is busy. */
export async function askAsAnalysts(input: AnalystInput): Promise<AnalystReport> {
  const file = join(import.meta.dirname, 'analyst-process.ts');
  const command = [...(goesFirst() ? FIRST : []), process.execPath, '--import', 'tsx', file, JSON.stringify(input)];
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  // A benchmark that ends early leaves nobody behind who asks.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  type Ended = [code: number | null, signal: string | null];
  const ended = Promise.all([text(child.stdout), once(child, 'close') as Promise<Ended>]);
  const [stdout, [code, signal]] = await ended.finally(() => process.off('exit', kill));
  if (code !== 0) throw new Error(`the process of analysts ended with ${String(code ?? signal)}`);
  return JSON.parse(stdout) as AnalystReport;
}
