import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The original's ten metrics, beside this file: each a template of its own, or all in one. */
export type TemplateFolder = 'ten' | 'one';

/** Writes a folder's templates, each as `edit` makes it, to a directory for LLMA_SQL_DIR. It is removed when `use` has ended. */
export async function withTemplates<Result>(
  folder: TemplateFolder,
  use: (directory: string) => Promise<Result>,
  edit: (text: string) => string = (text) => text,
): Promise<Result> {
  const from = join(import.meta.dirname, folder);
  const directory = await mkdtemp(join(tmpdir(), `llma-bench-${folder}-`));
  try {
    for (const name of await readdir(from)) {
      await writeFile(join(directory, name), edit(await readFile(join(from, name), 'utf8')));
    }
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A template that doesn't say that it is by date: each of its days is an INSERT of its own. */
export function notByDate(text: string): string {
  const [, ...others] = text.split('-- metrics, by date:');
  if (others.length !== 1) throw new Error(`expected one header "-- metrics, by date:" in ${text}`);
  return `-- metrics:${others[0]}`;
}
