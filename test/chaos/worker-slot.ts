import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../embedded/wait.js';
import { bundledMain } from '../support/bundled-main.js';
import type { Guard } from '../support/unguarded/guards.js';
import { Proxy } from './proxy.js';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const SKEWED_CLOCK = new URL('./skewed-clock.mjs', import.meta.url);
const KEPT_LINES = 40;
/** Between a start that failed, because a server is away, and the next one, as a supervisor would wait. In ms. */
const PAUSE = 400;
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Worker processes of this process that still run: none, when every campaign has ended its own. */
export function runningWorkers(): number {
  return running.size;
}

export interface SlotOptions {
  readonly index: number;
  readonly clickhouseUrl: string;
  /** Of the worker, without ClickHouse's address: that is the proxy's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly guardsOff: readonly Guard[];
  readonly log: (line: string) => void;
}

/** One worker of the campaign, process after process, with a proxy of its own. What ends unasked is started again. */
export class WorkerSlot {
  readonly proxy: Proxy;
  readonly #options: SlotOptions;
  #child: ChildProcess | undefined;
  #wanted = false;
  #last: Promise<unknown> = Promise.resolve();
  #url = '';
  #main = '';
  #lines: string[] = [];
  /** How often a process ended that nobody had asked to. */
  ownEnds = 0;
  /** By how much its clock is wrong. */
  skewMs = 0;
  /** Whether the process that runs now has said that it works. */
  ready = false;
  /** Faults that wait for it, or are at it. */
  busy = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.proxy = new Proxy(options.clickhouseUrl);
  }

  get index(): number {
    return this.#options.index;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async open(): Promise<void> {
    [this.#url, this.#main] = await Promise.all([this.proxy.open(), bundledMain(WORKER)]);
  }

  /** One thing after the other: a frozen worker is not stopped before it is thawed. */
  async inTurn<T>(use: () => Promise<T>): Promise<T> {
    this.busy += 1;
    const result = this.#last.then(use).finally(() => (this.busy -= 1));
    this.#last = result.catch(() => undefined);
    return await result;
  }

  /** Starts it, and again whenever it ends by itself. @param skewMs by how much its clock is wrong */
  start(skewMs = 0): void {
    this.#wanted = true;
    this.skewMs = skewMs;
    this.#spawn();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it by this signal. @returns what it ended with */
  async end(signal: 'SIGKILL' | 'SIGTERM', patience = 60_000): Promise<number | string> {
    this.#wanted = false;
    const child = this.#child;
    if (!child) return 0;
    const ended = new Promise<number | string>((resolve) =>
      child.once('close', (code, by) => resolve(code ?? by ?? '?')),
    );
    child.kill(signal);
    if (!(await within(ended, patience))) child.kill('SIGKILL');
    return await ended;
  }

  async close(): Promise<void> {
    this.#wanted = false;
    this.#child?.kill('SIGKILL');
    await this.proxy.close();
  }

  lastLines(): string {
    return this.#lines.join('\n');
  }

  #spawn(): void {
    const skew = this.skewMs === 0 ? [] : ['--import', `${SKEWED_CLOCK.href}?ms=${this.skewMs}`];
    const child = spawn(process.execPath, [...skew, this.#main, ...this.#options.guardsOff], {
      cwd: tmpdir(),
      env: this.#environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.ready = false;
    running.add(child);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (data: Buffer) => {
      if (data.toString().includes('ready') && this.#child === child) this.ready = true;
    });
    child.stderr.on('data', (data: Buffer) => this.#keep(data.toString()));
    child.once('close', (code, by) => void this.#closed(child, String(code ?? by)));
  }

  async #closed(child: ChildProcess, how: string): Promise<void> {
    running.delete(child);
    if (this.#child === child) [this.#child, this.ready] = [undefined, false];
    if (!this.#wanted) return;
    this.ownEnds += 1;
    this.#options.log(`worker ${this.index} ended by itself (${how}): ${this.#lines.at(-1) ?? 'it said nothing'}`);
    await sleep(PAUSE);
    if (this.#wanted && !this.#child) this.#spawn();
  }

  #keep(text: string): void {
    this.#lines.push(...text.trimEnd().split('\n'));
    this.#lines = this.#lines.slice(-KEPT_LINES);
  }

  #environment(): NodeJS.ProcessEnv {
    const foreign = /^(NODE_OPTIONS$|VITEST|LLMA_|CLICKHOUSE_|TEMPORAL_)/;
    const others = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    return { ...Object.fromEntries(others), ...this.#options.environment, CLICKHOUSE_URL: this.#url };
  }
}
