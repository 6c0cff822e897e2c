import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory with these files, removed after the test file, or at the end of the process. */
export function temporaryDirectory(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'llma-test-'));
  removedWithFile(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** Has a directory removed with those. @returns it. */
export function removedWithFile(directory: string): string {
  directories.push(directory);
  return directory;
}

const directories: string[] = [];

/** All that were made since the last time. */
export function removeTemporaryDirectories(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

// Some of what uses this also runs by itself, without vitest.
process.once('exit', removeTemporaryDirectories);
