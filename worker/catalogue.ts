import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { loadCatalogue, type Catalogue } from '../templates/catalogue.js';

/**
 * The catalogue of `sql/` as it is now: a template that was dropped in, changed or removed counts from the next partition on.
 * @throws CatalogueError when the files can't be used.
 */
export function liveCatalogue({ sqlDir }: Settings): () => Catalogue {
  let seen: string | undefined;
  let catalogue: Catalogue | undefined;
  return () => {
    const now = fingerprint(sqlDir);
    if (!catalogue || now !== seen) {
      // All templates: the allow-list says what a run computes, not which templates there are.
      catalogue = loadCatalogue({ sqlDir });
      seen = now;
    }
    return catalogue;
  };
}

/** Names, sizes and times of every SQL file that a template may be made of. */
function fingerprint(directory: string): string {
  try {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files
      .map(({ parentPath, name }) => {
        const { mtimeMs, size } = statSync(join(parentPath, name));
        return `${parentPath}/${name} ${mtimeMs} ${size}`;
      })
      .sort()
      .join('\n');
  } catch {
    // A directory that can't be read, or a file that vanishes meanwhile: loading says what is wrong.
    return '';
  }
}
