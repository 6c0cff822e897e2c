import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedError } from '../../../embedded/errors.js';
import { startProcess, type ServerCommand, type ServerProcess } from '../../../embedded/server-process.js';
import { waitUntil } from '../../../embedded/wait.js';
import { isRunning } from '../../support/is-running.js';

let folder: string;
const started: number[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llma-process-'));
});
afterEach(async () => {
  const left = started.splice(0).filter(isRunning);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

/** Servers as small as can be: what they do when their stdin closes, and on SIGTERM. */
const SERVERS = {
  endsWithStdin: `process.stdin.resume().on('end', () => process.exit(0)); console.log('ready')`,
  deaf: `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')`,
  endsWithSigterm: `setInterval(() => {}, 1000); console.log('ready')`,
  broken: `console.log('one'); console.error('two'); process.exit(7)`,
};

function command(server: string, more: Partial<ServerCommand> = {}): ServerCommand {
  const { env } = process;
  const args = ['-e', server];
  return { what: 'X', command: process.execPath, args, cwd: folder, env, endsWithStdin: 'self', graceMs: 300, ...more };
}

/** Starts a server and waits for its word that it is ready, as signals before that would do something else. */
async function start(server: string, more: Partial<ServerCommand> = {}): Promise<ServerProcess> {
  const child = await startProcess(command(server, more));
  started.push(child.pid);
  expect(await waitUntil(async () => child.lastLines().includes('ready'), { ms: 20_000 })).toBe(true);
  return child;
}

describe.each(['self', 'watchdog'] as const)('a server that ends with stdin by %s', (endsWithStdin) => {
  const server = endsWithStdin === 'self' ? SERVERS.endsWithStdin : SERVERS.endsWithSigterm;

  it('runs until it is stopped, and can be stopped again', async () => {
    const child = await start(server, { endsWithStdin });
    expect(child.running).toBe(true);
    expect(isRunning(child.pid)).toBe(true);
    await Promise.all([child.stop(), child.stop()]);
    await child.stop();
    expect(child.running).toBe(false);
    expect(isRunning(child.pid)).toBe(false);
  });

  it('is killed at once', async () => {
    const child = await start(server, { endsWithStdin });
    await child.kill();
    expect(isRunning(child.pid)).toBe(false);
    expect(await child.exited).toBe(endsWithStdin === 'self' ? 'ended by SIGKILL' : 'exit code 137');
    await child.kill();
    await child.stop();
  });

  it('gets SIGKILL when it hears nothing else', async () => {
    const child = await start(SERVERS.deaf, { endsWithStdin });
    const before = Date.now();
    await child.stop();
    expect(isRunning(child.pid)).toBe(false);
    expect(Date.now() - before).toBeGreaterThanOrEqual(290);
  });

  it('has a process group of its own, which Ctrl-C in our terminal does not reach', async () => {
    const child = await start(server, { endsWithStdin });
    const ps = spawn('ps', ['-o', 'pgid=', '-p', `${child.pid},${process.pid}`]);
    const [output] = (await once(ps.stdout, 'data')) as [Buffer];
    const groups = new Set(output.toString().trim().split(/\s+/));
    expect(groups.size).toBe(2);
    await child.stop();
  });

  it('says how it ended, with its last words', async () => {
    const lines: string[] = [];
    const child = await startProcess(command(SERVERS.broken, { endsWithStdin, log: (line) => lines.push(line) }));
    expect(await child.exited).toBe('exit code 7');
    expect(child.lastLines().split('\n').sort()).toEqual(['one', 'two']);
    expect(lines).toContain('X: ended without being asked to: exit code 7');
  });

  it('does not log an end that was asked for', async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await (await start(server, { endsWithStdin, log })).stop();
    await (await start(server, { endsWithStdin, log })).kill();
    expect(lines).toEqual(['X: ready', 'X: ready']);
  });

  it('does not log its banner, nor empty lines', async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const banner = `console.log('Version 1'); console.log(''); ${server}`;
    await (await start(banner, { endsWithStdin, log, banner: /^Version/ })).stop();
    expect(lines).toEqual(['X: ready']);
  });

  it('says it when it cannot be run', async () => {
    const run = startProcess(command('', { endsWithStdin, command: '/no/such/server' }));
    await expect(run).rejects.toThrow(EmbeddedError);
    await expect(run).rejects.toThrow(/X could not be run: .*\/no\/such\/server/s);
  });

  it('ends when we are killed with -9', async () => {
    const pidFile = join(folder, 'pid');
    const own = `import { startProcess } from ${JSON.stringify(new URL('../../../embedded/server-process.ts', import.meta.url))};
      import { writeFileSync } from 'node:fs';
      const child = await startProcess(${JSON.stringify({ ...command(server, { endsWithStdin }), env: {} })});
      writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', own], { stdio: 'inherit' });
    const read = async (): Promise<number> => Number(await readFile(pidFile, 'utf8').catch(() => ''));
    expect(await waitUntil(async () => (await read()) > 0, { ms: 30_000 })).toBe(true);
    const pid = await read();
    started.push(pid);
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    expect(await waitUntil(async () => !isRunning(pid), { ms: 5_000 })).toBe(true);
  });
});

describe('a watchdog', () => {
  it('that is killed itself does not leave its server behind', async () => {
    const child = await start(SERVERS.endsWithSigterm, { endsWithStdin: 'watchdog' });
    const ps = spawn('ps', ['-o', 'ppid=', '-p', `${child.pid}`]);
    const [output] = (await once(ps.stdout, 'data')) as [Buffer];
    process.kill(Number(output.toString()), 'SIGKILL');
    await child.exited;
    expect(await waitUntil(async () => !isRunning(child.pid), { ms: 5_000 })).toBe(true);
  });
});
