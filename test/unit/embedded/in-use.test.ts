import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireUnused } from '../../../embedded/in-use.js';
import { startStack } from '../../../embedded/stack.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const KEPT = 'clickhouse/data/data/system/kept';
const status = (pid: number | undefined) => `PID: ${String(pid)}\nStarted at: 2026-01-01 00:00:00\n`;

test('data of no server, of one that has ended, and of one whose number another process has, are free', async () => {
  await requireUnused(temporaryDirectory());
  const ended = spawn(process.execPath, ['-e', '']);
  await once(ended, 'exit');
  for (const pid of [ended.pid, process.pid]) await requireUnused(temporaryDirectory({ 'data/status': status(pid) }));
});

// Skipped elsewhere: what a process was started with is read from /proc; there the server's own lock says it, later.
test.runIf(process.platform === 'linux')('data that a server uses are left as they are', async () => {
  const directory = temporaryDirectory({ [KEPT]: '', 'clickhouse/config.xml': 'its own' });
  const dataDir = join(directory, 'clickhouse');
  const wait = 'setTimeout(() => {}, 60_000)';
  const server = spawn(process.execPath, ['-e', wait, '--', `--path=${join(dataDir, 'data')}`]);
  onTestFinished(() => void server.kill());
  await once(server, 'spawn');
  writeFileSync(join(dataDir, 'data/status'), status(server.pid));
  const link = join(temporaryDirectory(), 'link');
  symlinkSync(directory, link);
  for (const fresh of [false, true]) {
    for (const named of [directory, link]) {
      await expect(startStack({ dataDir: named, fresh })).rejects.toThrow(
        `Another ClickHouse server uses the data directory ${dataDir}. Stop it, or take another directory.`,
      );
    }
  }
  expect(existsSync(join(directory, KEPT))).toBe(true);
  expect(readFileSync(join(dataDir, 'config.xml'), 'utf8')).toBe('its own');
});
