import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './is-running.js';

/** A file system of Linux that is in memory. */
const MEMORY = '/dev/shm';
/** What the servers of a run may need, in bytes. Containers have 64 MB there, unless they are given more. */
const ROOM = 4 * 1024 ** 3;
const NAME = /^llma-servers-(\d+)-/;

/**
 * A new directory for the data of servers that tests start: in memory, where there is room, because both servers wait for the
 * disk in every transaction and every CREATE TABLE. A `kill -9` loses as little there as on a disk.
 */
export function serverDirectory(): string {
  const parent = hasRoom() ? MEMORY : tmpdir();
  removeForgotten(parent);
  return mkdtempSync(join(parent, `llma-servers-${process.pid}-`));
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM;
  } catch {
    return false;
  }
}

/** Those of runs that were killed: nobody else would free the memory. */
function removeForgotten(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}
