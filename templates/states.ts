import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateFile } from './catalogue.js';
import { openSqlFiles, type SqlFiles } from './files.js';
import { readFolder } from './folder.js';

/** Folder below `sql/` with the states of metric templates, each in a file of its template's name. */
export const STATES_FOLDER = 'states';

/** The type of each state that a states file may return, exactly as DESCRIBE prints it. Another one is another column. */
export const STATE_TYPES = {
  quantiles: 'AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Float64)',
  uniques: 'AggregateFunction(uniqCombined64(13), String)',
  calls: 'Map(String, UInt64)',
  errors: 'Map(String, UInt64)',
} as const;

/** What a template's states are called where its own name stands: `states/latency`. */
export function statesName(template: string): string {
  return `${STATES_FOLDER}/${template}`;
}

/**
 * The files of `sql/states/`, by the name of the template that each belongs to.
 * @param problems is told of a file without a template, and of one that can't be read.
 */
export function readStates(
  files: SqlFiles,
  templates: readonly TemplateFile[],
  problems: string[],
): ReadonlyMap<string, TemplateFile> {
  const directory = join(files.directory, STATES_FOLDER);
  if (!existsSync(directory)) return new Map();
  const states = new Map<string, TemplateFile>();
  for (const { name, file, source } of readFolder(openSqlFiles(directory, files.label(STATES_FOLDER)), problems)) {
    if (templates.some((template) => template.name === name)) {
      states.set(name, { name: statesName(name), file, source });
    } else if (!existsSync(join(files.directory, `${name}.sql`))) {
      // One that is there and can't be read is said already.
      const own = files.label(`${name}.sql`);
      problems.push(`${file}: there is no metric template ${own} that these states belong to; rename the file`);
    }
  }
  return states;
}
