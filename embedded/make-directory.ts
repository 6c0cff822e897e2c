import { mkdir, stat } from 'node:fs/promises';
import { join, parse, relative, sep } from 'node:path';
import { EmbeddedError } from './errors.js';

/**
 * Creates a directory of data, and those above it that are missing. Not by Node's own recursive way, which never ends where
 * the system lacks what it was asked to create, as /proc does.
 *
 * @param directory its absolute path
 * @throws {EmbeddedError} when it can't be created
 */
export async function makeDirectory(directory: string): Promise<void> {
  let at = parse(directory).root;
  for (const name of relative(at, directory).split(sep)) {
    at = join(at, name);
    try {
      await mkdir(at);
    } catch (error) {
      const found = await stat(at).catch(() => undefined);
      if (found?.isDirectory()) continue;
      const why = found ? 'there is a file' : (error as NodeJS.ErrnoException).code;
      throw new EmbeddedError(
        `--data-dir: ${at} can't be created (${why}); expected a directory that this user may write to, or where one can be created`,
      );
    }
  }
}
