import { parsePartition } from '../../config/partition.js';
import { type Catalogue } from '../../templates/catalogue.js';
import { type Describe } from '../../templates/describe-piece.js';
import { validateCatalogue } from '../../templates/validate.js';
import { EVENT_TYPES } from './harness.js';

/** A template that is right. */
export const GOOD = `SELECT date, team_id, 'x' AS metric_name, count() AS metric_value\nFROM {{ llm_events }}\nGROUP BY date, team_id`;

/** What is wrong with `catalogue`, as `file:line message`. */
export async function problemsOf(catalogue: Catalogue, describe: Describe): Promise<string[]> {
  const samplePartition = parsePartition('2025-03-10');
  const problems = await validateCatalogue({ catalogue, eventTypes: EVENT_TYPES, samplePartition, describe });
  return problems.map(({ file, line, message }) => `${file}:${line ?? '-'} ${message}`);
}
