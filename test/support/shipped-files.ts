import { readdirSync, readFileSync } from 'node:fs';
import { packageFile } from '../../config/package-file.js';

/** The shipped templates and their states, by their path below `sql/` without `.sql`. */
export function shippedFiles(): Record<string, string> {
  const files = ['.', 'states'].flatMap((folder) =>
    readdirSync(packageFile('sql', folder))
      .filter((file) => file.endsWith('.sql'))
      .map((file) => (folder === '.' ? file : `${folder}/${file}`)),
  );
  return Object.fromEntries(
    files.map((file) => [file.slice(0, -'.sql'.length), readFileSync(packageFile('sql', file), 'utf8')]),
  );
}
