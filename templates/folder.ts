import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TemplateFile } from './catalogue.js';
import type { SqlFiles } from './files.js';

const NAME = /^[a-z0-9_-]+$/;

/** The `*.sql` of one folder, by name; subfolders aren't read. @param problems is told what is wrong with a file. */
export function readFolder(files: SqlFiles, problems: string[]): TemplateFile[] {
  if (!existsSync(files.directory)) {
    problems.push(`there is no directory ${files.directory}: create it, or set LLMA_SQL_DIR`);
    return [];
  }
  if (!isDirectory(files.directory)) {
    problems.push(`${files.directory} is no directory: expected one of *.sql files; rename it, or set LLMA_SQL_DIR`);
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

/** Folders of `sql/` that are read; others are of files that templates include. */
const FOLDERS = ['sources', 'states', 'audits'];

/** @param problems is told of a folder that has the name of one that is read, but for its last letter or its capitals: no file of it is used. */
export function checkFolders(files: SqlFiles, problems: string[]): void {
  const { directory } = files;
  if (!isDirectory(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const meant = FOLDERS.find((folder) => [folder, folder.slice(0, -1)].includes(entry.name.toLowerCase()));
    if (meant === undefined || meant === entry.name || !entry.isDirectory()) continue;
    if (readdirSync(join(directory, entry.name)).some((name) => name.endsWith('.sql'))) {
      problems.push(
        `${files.label(entry.name)}: nothing reads this folder; rename it to ${meant}, or to something else`,
      );
    }
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
