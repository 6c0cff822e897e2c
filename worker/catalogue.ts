import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { loadCatalogue, type Catalogue } from '../templates/catalogue.js';

/** How long files are taken for what they were, in ms: many activities begin at once, and each asks several times. */
const LOOK_EVERY = 500;

/**
 * The catalogue of `sql/` as it is now, within half a second: a template that was dropped in, changed or removed counts from the next
 * partition on.
 * @param clock milliseconds from any moment on.
 * @throws CatalogueError when the files can't be used.
 */
export function liveCatalogue({ sqlDir }: Settings, clock = () => performance.now()): () => Catalogue {
  let seen: string | undefined;
  let catalogue: Catalogue | undefined;
  let lookAgainAt = 0;
  return () => {
    if (catalogue && clock() < lookAgainAt) return catalogue;
    const now = fingerprint(sqlDir);
    if (!catalogue || now !== seen) {
      // What can't be used is never remembered. All templates: the allow-list says what a run computes, not which there are.
      catalogue = undefined;
      catalogue = loadCatalogue({ sqlDir });
      seen = now;
    }
    lookAgainAt = clock() + LOOK_EVERY;
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
