import { fromTime, previousDay } from '../config/partition.js';
import type { Settings } from '../config/settings.js';
import type { Database } from '../clickhouse/database.js';
import type { Catalogue } from '../templates/catalogue.js';
import { loadCatalogue } from '../templates/catalogue.js';
import { CatalogueError } from '../templates/errors.js';
import { validateCatalogue } from '../templates/validate.js';
import { StartError } from './start-error.js';

/** Everything that is wrong with the templates and sources, a line each: rendered for a sample day and described on the server. */
export async function templateProblems(
  settings: Settings,
  catalogue: () => Catalogue,
  database: Database,
): Promise<string[]> {
  try {
    // Reads the allow-list too: a name in it that no file has is a mistake.
    loadCatalogue({ sqlDir: settings.sqlDir, only: settings.metrics });
    const problems = await validateCatalogue({
      catalogue: catalogue(),
      eventTypes: settings.eventTypes,
      samplePartition: previousDay(fromTime(Date.now())),
      describe: (statement) => database.select<{ name: string; type: string }>(statement),
    });
    return problems.map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`}: ${message}`);
  } catch (error) {
    if (error instanceof CatalogueError) return [...error.problems];
    throw error;
  }
}

/** @throws StartError that lists every problem. */
export async function checkTemplates(
  settings: Settings,
  catalogue: () => Catalogue,
  database: Database,
): Promise<void> {
  const problems = await templateProblems(settings, catalogue, database);
  if (problems.length > 0)
    throw new StartError(`the templates can't be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
}
