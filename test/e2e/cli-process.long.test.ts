import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { freePort } from '../../embedded/ports.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;
const children: ChildProcess[] = [];

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate', '--with-sources');
});
afterAll(() => cli.close());
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Llma {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
  /** Waits until it has printed this. */
  printed(what: RegExp): Promise<RegExpExecArray>;
}

/** The command as a shell would start it, in a process group of its own. */
function llma(argv: readonly string[], bin = packageFile('bin', 'llma.js')): Llma {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd: temporaryDirectory(),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...cli.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  children.push(child);
  let seen = '';
  child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  const exit = new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (code, signal) => resolve([code, signal])),
  );
  return {
    child,
    ended: Promise.all([exit, text(child.stdout), text(child.stderr)]).then(([[code, signal], stdout, stderr]) => ({
      code,
      signal,
      stdout,
      stderr,
    })),
    async printed(what) {
      for (;;) {
        const found = what.exec(seen);
        if (found) return found;
        if (child.exitCode !== null) throw new Error(`it ended without ${String(what)}:\n${seen}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

test('the version and the help', async () => {
  const [version, help] = await Promise.all([llma(['--version']).ended, llma(['help', 'backfill']).ended]);

  expect(version).toEqual({ code: 0, signal: null, stdout: '0.1.0\n', stderr: '' });
  expect(help.code).toBe(0);
  expect(help.stdout).toMatch(/^Usage: llma backfill \[options\]\n/);
  expect(help.stdout).toContain('--max-partitions-per-run <n>');
});

test('a worker ends gracefully on SIGTERM, with 0; a backfill goes on after Ctrl-C', async () => {
  const worker = llma(['worker']);
  const [, url] = await worker.printed(/^worker ready · task queue llma-metrics · (http:\S+)\/healthz and \/metrics$/m);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  const backfill = llma(['backfill', '--from', '2026-01-01', '--to', '2026-06-30', '--concurrency', '1', '--wait']);
  await backfill.printed(/\d+\/181 days/);
  process.kill(-(backfill.child.pid ?? 0), 'SIGINT');
  const watched = await backfill.ended;

  expect({ code: watched.code, signal: watched.signal }).toEqual({ code: 130, signal: null });
  expect(watched.stderr).toMatch(/backfill\/2026-01-01_2026-06-30 goes on: /);
  expect((await cli.run('cancel', '2026-01-01_2026-06-30', '--wait')).code).toBe(0);

  worker.child.kill('SIGTERM');
  const { code, signal, stdout, stderr } = await worker.ended;
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(stdout).toMatch(/\nworker ended\n$/);
  expect(stderr).not.toMatch(/^error:/m);
});

test('up runs both servers until Ctrl-C', async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [clickhouse, temporal, ui] = ports.map(String) as [string, string, string];
  const up = llma([
    ...['up', '--data-dir', temporaryDirectory(), '--clickhouse-port', clickhouse],
    ...['--temporal-port', temporal, '--ui-port', ui],
  ]);
  await up.printed(/^ready$/m);
  const exports = [...(await up.printed(/(?:^export .*\n){3}/m))[0].matchAll(/^export (\w+)=(.*)$/gm)];
  const environment = Object.fromEntries(exports.map(([, name, value]) => [name, value])) as Record<string, string>;

  expect(environment).toEqual({
    CLICKHOUSE_URL: `http://127.0.0.1:${clickhouse}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
    TEMPORAL_UI_URL: `http://127.0.0.1:${ui}`,
  });
  const own = { ...environment, TEMPORAL_NAMESPACE: 'default' };
  expect(await cli.start(['migrate'], { environment: own }).done).toMatchObject({ code: 0 });
  expect(await cli.start(['schedule', 'apply'], { environment: own }).done).toMatchObject({ code: 0, stderr: '' });
  // As a terminal does it: to the whole group.
  process.kill(-(up.child.pid ?? 0), 'SIGINT');

  expect(await up.ended).toMatchObject({ code: 0, signal: null });
  expect(() => process.kill(-(up.child.pid ?? 0), 0)).toThrow('ESRCH');
  await expect(fetch(environment['CLICKHOUSE_URL'] ?? '')).rejects.toThrow();
});

test.each([
  [
    'ClickHouse',
    'clickhouse/data/status',
    /^error: ClickHouse ended \(SIGKILL\); its log: (\S+); start both again with "llma up"$/m,
  ],
  [
    'Temporal',
    'temporal/temporal.pid',
    /^error: Temporal ended \(exit code 137\); its log: (.+), above; start both again with "llma up"$/m,
  ],
])('up ends with the other server when %s is killed, and says so', async (_, pidFile, said) => {
  const dataDir = temporaryDirectory();
  const up = llma(['up', '--data-dir', dataDir]);
  await up.printed(/^ready$/m);
  const [, url = ''] = await up.printed(/^export CLICKHOUSE_URL=(.*)$/m);
  const [, ui = ''] = await up.printed(/^export TEMPORAL_UI_URL=(.*)$/m);
  process.kill(Number(/\d+/.exec(readFileSync(join(dataDir, pidFile), 'utf8'))?.[0]), 'SIGKILL');

  const { code, stderr } = await up.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(said);
  for (const server of [url, ui]) await expect(fetch(server)).rejects.toThrow();
});

test('without sources and without a build it says so', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'bin'));
  const bin = join(directory, 'bin', 'llma.mjs');
  copyFileSync(packageFile('bin', 'llma.js'), bin);

  expect(await llma(['--version'], bin).ended).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr: 'error: llma is neither installed nor built here: run "npm ci", and in production "npm run build"\n',
  });
});

test('who stops reading its output gets no stack', async () => {
  const child = spawn('sh', ['-c', '"$0" "$1" --help | true', process.execPath, packageFile('bin', 'llma.js')]);

  expect(await text(child.stderr)).toBe('');
});
