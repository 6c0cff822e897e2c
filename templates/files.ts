import { isUtf8 } from 'node:buffer';
import { readFileSync, realpathSync } from 'node:fs';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';

/** The texts below one directory. Each is read once, so that what is rendered is what was hashed. */
export interface SqlFiles {
  /** Absolute path of the directory. */
  readonly directory: string;
  /**
   * The text of a file; undefined when there is none.
   * @throws Error with a sentence when `name` leads out of the directory, or can't be read.
   */
  read(name: string): string | undefined;
  /** `name` as people know it: `sql/event_counts.sql`. */
  label(name: string): string;
}

/** @param shown what to call the directory in messages; its own name by default. */
export function openSqlFiles(directory: string, shown = basename(resolve(directory))): SqlFiles {
  const root = resolve(directory);
  const texts = new Map<string, string | undefined>();
  return {
    directory: root,
    read(name) {
      if (!texts.has(name)) texts.set(name, readInside(root, name));
      return texts.get(name);
    },
    label: (name) => `${shown}/${name}`,
  };
}

/** Reads `root/name`. Neither `..` nor a link may lead out of `root`: what isn't there isn't part of the catalogue. */
function readInside(root: string, name: string): string | undefined {
  const parts = name.split('/');
  if (name === '' || /[\0\\]/.test(name) || isAbsolute(name) || parts.includes('..')) {
    throw new Error(`${JSON.stringify(name)} is not a file below ${root}: only files in it can be included`);
  }
  try {
    const path = realpathSync(join(root, name));
    if (!path.startsWith(realpathSync(root) + sep)) {
      throw new Error(`${JSON.stringify(name)} is a link to ${path}, which is not below ${root}: copy the file there`);
    }
    return decoded(name, readFileSync(path)).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR')
      throw new Error(`${JSON.stringify(name)} is a directory: name a file in it`, { cause: error });
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** What is no UTF-8 would reach ClickHouse as other letters than were written. */
function decoded(name: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const line = bytes.toString('utf8').split('\uFFFD', 1)[0]?.split('\n').length ?? 1;
  throw new Error(`${JSON.stringify(name)} is not UTF-8 in line ${line}: save it as UTF-8`);
}
