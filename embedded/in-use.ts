import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './errors.js';

/**
 * Before anything of the data is touched: the server's own lock comes after its configuration was written, and what is in the way of its
 * logs was removed. Its status file names a process; whether that one still runs on these data, Linux alone says, and elsewhere the lock.
 *
 * @throws {EmbeddedError} while another ClickHouse uses `dataDir`
 */
export async function requireUnused(dataDir: string): Promise<void> {
  const data = join(dataDir, 'data');
  const pid = /^PID: (\d+)/.exec(await textOf(join(data, 'status')))?.[1];
  if (pid === undefined) return;
  const args = (await textOf(`/proc/${pid}/cmdline`)).split('\0');
  if (args.includes(`--path=${data}`)) throw inUse(dataDir);
}

/** What is said of a data directory that another server uses. */
export function inUse(dataDir: string): EmbeddedError {
  return new EmbeddedError(
    `Another ClickHouse server uses the data directory ${dataDir}. Stop it, or take another directory.`,
  );
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}
