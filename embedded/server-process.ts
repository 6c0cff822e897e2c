import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { EmbeddedError } from './errors.js';
import { within } from './wait.js';

/** How a server is run. */
export interface ServerCommand {
  /** Who it is, for people: "ClickHouse". */
  what: string;
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /**
   * `watchdog`: for a server that does not care about its stdin, run by a small process that does (`watchdog.mjs`).
   * `self`: the server itself ends when its stdin closes.
   */
  endsWithStdin: 'self' | 'watchdog';
  /** Its nice value, under a watchdog. Default: as ours. */
  nice?: number;
  /** How long it may take to end after being asked, and again after SIGTERM, before the next harder means, in ms. */
  graceMs: number;
  /** Told each line of output, and an end that nobody asked for, after its name. */
  log?: ((line: string) => void) | undefined;
  /** Lines that it prints at each start and that say nothing new. */
  banner?: RegExp;
}

/** A running server that cannot outlive this process. */
export interface ServerProcess {
  /** Process id of the server itself, not of its watchdog. */
  readonly pid: number;
  readonly running: boolean;
  /** Resolves, and never rejects, when the server has ended, with how. */
  readonly exited: Promise<string>;
  /** Its last lines of output, for an error message. */
  lastLines(): string;
  /** Ends it: by closing its stdin, then SIGTERM, then SIGKILL. Any number of calls at any time. */
  stop(): Promise<void>;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
}

const KEPT_LINES = 20;
const watchdog = fileURLToPath(new URL('./watchdog.mjs', import.meta.url));

/**
 * Starts a server in a process group of its own, so that Ctrl-C in a terminal reaches us and not it: we stop it when
 * whatever uses it has ended.
 *
 * @throws {EmbeddedError} when the command cannot be run
 */
export async function startProcess(options: ServerCommand): Promise<ServerProcess> {
  const watched = options.endsWithStdin === 'watchdog';
  const child = spawnChild(options, watched);
  const tell = (line: string): void => options.log?.(`${options.what}: ${line}`);
  const lines: string[] = [];
  onLine(child, (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    if (!options.banner?.test(line)) tell(line);
  });
  let ended = false;
  let wanted = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      ended = true;
      resolve(error.message);
    });
    child.once('exit', () => {
      ended = true;
      // A watchdog that was itself killed leaves its server behind: whatever the reason for the end, nothing may stay.
      if (watched) killGroup(child);
    });
    child.once('close', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code ?? '?'}`));
  });
  // It may end while we close its stdin: that is what we want, not an error.
  child.stdin?.on('error', () => {});

  const pid = watched ? await pidFromWatchdog(child) : child.pid;
  if (pid === undefined) {
    throw new EmbeddedError(`${options.what} could not be run: ${[await exited, ...lines].join('\n')}`);
  }
  void exited.then((how) => {
    if (!wanted) tell(`ended without being asked to: ${how}`);
  });
  return {
    pid,
    exited,
    get running() {
      return !ended;
    },
    lastLines: () => lines.join('\n'),
    async stop() {
      wanted = true;
      await stop(child, exited, { watched, graceMs: options.graceMs });
    },
    async kill() {
      wanted = true;
      if (!ended) sendSignal(pid, 'SIGKILL');
      await exited;
    },
  };
}

function spawnChild({ command, args, cwd, env, graceMs, nice = 0 }: ServerCommand, watched: boolean): ChildProcess {
  const common = { cwd, env, detached: true };
  if (!watched) return spawn(command, args, { ...common, stdio: ['pipe', 'pipe', 'pipe'] });
  const watchdogArgs = [watchdog, String(graceMs), String(nice), command, ...args];
  return spawn(process.execPath, watchdogArgs, { ...common, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
}

async function stop(
  child: ChildProcess,
  exited: Promise<string>,
  { watched, graceMs }: { watched: boolean; graceMs: number },
): Promise<void> {
  child.stdin?.end();
  // The watchdog goes from SIGTERM to SIGKILL by itself.
  if (await within(exited, watched ? 2 * graceMs : graceMs)) return;
  child.kill('SIGTERM');
  if (await within(exited, graceMs)) return;
  killGroup(child);
  await exited;
}

function onLine(child: ChildProcess, use: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => line.trim() && use(line));
  }
}

async function pidFromWatchdog(child: ChildProcess): Promise<number | undefined> {
  const pipe = child.stdio[3] as Readable;
  for await (const line of createInterface({ input: pipe })) return Number(line);
  return undefined;
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
