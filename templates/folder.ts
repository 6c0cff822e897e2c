import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { TemplateFile } from './catalogue.js';
import type { SqlFiles } from './files.js';

const NAME = /^[a-z0-9_-]+$/;

/** The `*.sql` of one folder, by name; subfolders aren't read. @param problems is told what is wrong with a file. */
export function readFolder(files: SqlFiles, problems: string[]): TemplateFile[] {
  if (!existsSync(files.directory)) {
    problems.push(`there is no directory ${files.directory}: create it, or set LLMA_SQL_DIR`);
    return [];
  }
  const names = readdirSync(files.directory, { withFileTypes: true })
    .filter((entry) => /\.sql$/i.test(entry.name) && !entry.name.startsWith('.') && !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return names.flatMap((fileName) => {
    const name = basename(fileName, '.sql');
    const file = files.label(fileName);
    try {
      if (!NAME.test(name)) {
        throw new Error('a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file');
      }
      const source = files.read(fileName);
      if (source === undefined) throw new Error('the file is gone, or a link to nothing');
      return [{ name, file, source }];
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
      return [];
    }
  });
}
