import { readFileSync, realpathSync } from 'node:fs';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';

/** The texts below one directory. Each is read once, so that what is rendered is what was hashed. */
export interface SqlFiles {
  /** Absolute path of the directory. */
  readonly directory: string;
  /** @throws Error with a sentence when `name` leads out of the directory, or can't be read. */
  read(name: string): string;
  /** `name` as people know it: `sql/event_counts.sql`. */
  label(name: string): string;
}

export function openSqlFiles(directory: string): SqlFiles {
  const root = resolve(directory);
  const texts = new Map<string, string>();
  return {
    directory: root,
    read(name) {
      const known = texts.get(name);
      if (known !== undefined) return known;
      const text = readInside(root, name);
      texts.set(name, text);
      return text;
    },
    label: (name) => `${basename(root)}/${name}`,
  };
}

/** Reads `root/name`. Neither `..` nor a link may lead out of `root`: what isn't there isn't part of the catalogue. */
function readInside(root: string, name: string): string {
  const parts = name.split(/[\\/]/);
  if (name === '' || name.includes('\0') || name.includes('\\') || isAbsolute(name) || parts.includes('..')) {
    throw new Error(`${JSON.stringify(name)} is not a file below ${root}: only files in it can be included`);
  }
  const path = realpath(join(root, name), name);
  if (!path.startsWith(realpathSync(root) + sep)) {
    throw new Error(`${JSON.stringify(name)} is a link to ${path}, which is not below ${root}: copy the file there`);
  }
  const text = readFileSync(path, 'utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function realpath(path: string, name: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`there is no file ${JSON.stringify(name)} (looked for ${path})`, { cause: error });
  }
}
