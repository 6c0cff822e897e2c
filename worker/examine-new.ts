import type { ActivityDeps } from '../activities/deps.js';
import type { Database } from '../clickhouse/database.js';
import type { Settings } from '../config/settings.js';
import type { Catalogue } from '../templates/catalogue.js';
import { CatalogueError } from '../templates/errors.js';
import { validateCatalogue } from '../templates/validate.js';
import { lineOf } from './check-templates.js';
import { describeWithin } from './describe-within.js';

interface Examiner {
  readonly settings: Settings;
  readonly database: Database;
  /** What was examined when the worker started, and found to be right. */
  readonly examined: Catalogue;
}

/** A file of a catalogue, with those that it includes, as it is now; and a catalogue of it alone. */
interface Piece {
  readonly key: string;
  readonly alone: Catalogue;
}

/**
 * Examines the files that were dropped in, or changed, since a worker has started, as those that were there then: each once.
 * What could not be checked its own INSERT refuses, or not.
 */
export function examineNew({ settings, database, examined }: Examiner): NonNullable<ActivityDeps['examine']> {
  const found = new Map<string, Promise<readonly string[]>>();
  for (const { key } of piecesOf(examined)) found.set(key, Promise.resolve([]));
  return async (catalogue, { eventTypes, partition }) => {
    const validate = async (alone: Catalogue) => {
      const describe = describeWithin({ settings, database, catalogue, partition });
      const problems = await validateCatalogue({ catalogue: alone, eventTypes, samplePartition: partition, describe });
      return problems.filter(({ unchecked }) => !unchecked).map(lineOf);
    };
    const ask = ({ key, alone }: Piece) => {
      const answer = validate(alone);
      found.set(key, answer);
      // What failed is asked again.
      answer.catch(() => found.delete(key));
      return answer;
    };
    const problems: string[] = [];
    for (const piece of piecesOf(catalogue)) problems.push(...(await (found.get(piece.key) ?? ask(piece))));
    if (problems.length > 0) throw new CatalogueError(problems);
  };
}

function piecesOf(catalogue: Catalogue): Piece[] {
  const none = { ...catalogue, templates: [], sources: [], audits: [] };
  return [
    { key: `sources ${catalogue.sourcesHash}`, alone: { ...none, sources: catalogue.sources } },
    ...catalogue.templates.map((template) => ({
      key: `template ${template.name} ${template.hash}`,
      alone: { ...none, templates: [template] },
    })),
    ...catalogue.audits.map((audit) => ({
      key: `audit ${audit.name} ${audit.source}`,
      alone: { ...none, audits: [audit] },
    })),
  ];
}
