import { fromTime, previousDay } from '../config/partition.js';
import type { Settings } from '../config/settings.js';
import type { Database } from '../clickhouse/database.js';
import type { Catalogue } from '../templates/catalogue.js';
import { readCatalogue } from '../templates/catalogue.js';
import type { TemplateProblem } from '../templates/describe-piece.js';
import { CatalogueError } from '../templates/errors.js';
import { validateCatalogue } from '../templates/validate.js';
import { describeWithin } from './describe-within.js';
import { StartError } from './start-error.js';

/** What was found of the files in `sql/`. */
export interface ExaminedTemplates {
  /** Everything that is wrong with the templates, sources and audits, a line each. */
  readonly problems: readonly string[];
  /** What could not be checked, likewise: it may be right. */
  readonly warnings: readonly string[];
  /** Of the files that can be read. */
  readonly catalogue: Catalogue;
}

/** Looks at all files: those that can be read are rendered for a sample day and described on the server, whatever is wrong with the others. */
export async function examineTemplates(settings: Settings, database: Database): Promise<ExaminedTemplates> {
  const { sqlDir } = settings;
  // With the allow-list, too: a name in it that no file has is a mistake.
  const { problems } = readCatalogue({ sqlDir, only: settings.metrics });
  const { catalogue } = readCatalogue({ sqlDir });
  const found = await validated(catalogue, settings, database);
  return { problems: [...problems, ...found.problems], warnings: found.warnings, catalogue };
}

async function validated(
  catalogue: Catalogue,
  settings: Settings,
  database: Database,
): Promise<Omit<ExaminedTemplates, 'catalogue'>> {
  const partition = previousDay(fromTime(Date.now()));
  try {
    const found = await validateCatalogue({
      catalogue,
      eventTypes: settings.eventTypes,
      samplePartition: partition,
      describe: describeWithin({ settings, database, catalogue, partition }),
    });
    const lines = (which: boolean) => found.filter(({ unchecked = false }) => unchecked === which).map(lineOf);
    return { problems: lines(false), warnings: lines(true) };
  } catch (error) {
    if (error instanceof CatalogueError) return { problems: error.problems, warnings: [] };
    throw error;
  }
}

/** A problem as people read it: where, and what. */
export function lineOf({ file, line, message }: TemplateProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

/** @throws StartError that lists every problem. */
export async function checkTemplates(
  settings: Settings,
  database: Database,
): Promise<Omit<ExaminedTemplates, 'problems'>> {
  const { problems, ...examined } = await examineTemplates(settings, database);
  if (problems.length === 0) return examined;
  throw new StartError(`the templates can't be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
}
