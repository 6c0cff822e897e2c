import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, it, vi } from 'vitest';
import { run } from '../../embedded/run.js';
import { startStack } from '../../embedded/stack.js';
import { waitUntil } from '../../embedded/wait.js';
import { query, useEmbedded } from '../support/embedded.js';

const embedded = useEmbedded();

describe('startStack', () => {
  it('starts both, keeps their data, and begins anew when asked', async () => {
    const dataDir = join(embedded.folder, 'stack');
    for (const { fresh, expected } of [
      { fresh: false, expected: '' },
      { fresh: false, expected: 'ALREADY_EXISTS' },
      { fresh: true, expected: '' },
    ]) {
      const stack = embedded.keep(await startStack({ dataDir, fresh }));
      expect(await query(stack.clickhouse, 'CREATE DATABASE m ENGINE = Atomic')).toContain(expected);
      await stack.stop();
      await stack.stop();
    }
  });

  it('leaves neither when one fails', async () => {
    const dataDir = join(embedded.folder, 'stack');
    vi.stubEnv('TEMPORAL_CLI_PATH', '/bin/false');
    await expect(startStack({ dataDir })).rejects.toThrow(/^Temporal/);
    expect(await embedded.processes()).toEqual([]);
    vi.unstubAllEnvs();
    vi.stubEnv('CLICKHOUSE_BINARY', '/bin/false');
    await expect(startStack({ dataDir })).rejects.toThrow(/^\/bin\/false/);
    expect(await embedded.processes()).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('is gone soon after our %s', async (signal) => {
    // A config.xml where we are must not configure the engine.
    await writeFile(join(embedded.folder, 'config.xml'), '<broken');
    const stack = new URL('../../embedded/stack.ts', import.meta.url).href;
    const own = `const { startStack } = await import(${JSON.stringify(stack)});
      const { clickhouse, temporal } = await startStack({ dataDir: ${JSON.stringify(join(embedded.folder, 'stack'))} });
      console.log(JSON.stringify([clickhouse.pid, temporal.pid]));`;
    const tsx = import.meta.resolve('tsx');
    const parent = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', own], {
      cwd: embedded.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pids = await new Promise<number[]>((resolve) => {
      parent.stdout.once('data', (data: Buffer) => resolve(JSON.parse(data.toString()) as number[]));
    });
    expect(pids).toHaveLength(2);
    // The two servers and Temporal's watchdog.
    expect(await embedded.processes()).toHaveLength(3);
    parent.kill(signal);
    expect(await waitUntil(async () => (await embedded.processes()).length === 0, { ms: 10_000 })).toBe(true);
    await text(parent.stdout);
  });
});

describe('the servers of this run', () => {
  it('are those that vitest provides', async () => {
    expect(await (await fetch(`${inject('clickhouseUrl')}/ping`)).text()).toBe('Ok.\n');
    expect(await run(inject('temporalCliPath'), ['--version'])).toContain('temporal version');
    const status = await run(inject('temporalCliPath'), [
      ...['operator', 'search-attribute', 'list', '--address', inject('temporalAddress')],
    ]);
    for (const name of ['LlmaPartition', 'LlmaRunKind', 'LlmaFailed']) expect(status).toContain(name);
  });
});
