import type { Partition } from '../config/partition.js';
import { daysOfOtherRuns, type CurrentRun } from './current.js';
import type { Shown } from './publish-options.js';
import { contentsOf, type PartsOfTable } from './staging.js';

interface Known {
  /** Of the live tables, before the swap. */
  readonly parts: readonly PartsOfTable[];
  /** What the last publish of this worker has left visible, if there was one. */
  readonly shown?: Shown | undefined;
  /** The days that by the ledger show other runs. */
  readonly unrecorded: readonly Partition[];
}

/**
 * The days whose live rows are not those of the runs, by the parts that there are: nobody looks at a row.
 * @returns undefined where parts don't say it
 */
export function daysOfOtherParts(
  runs: readonly CurrentRun[],
  { parts, shown, unrecorded }: Known,
): Partition[] | undefined {
  const contents = contentsOf(parts);
  // Nobody has touched what the last publish has left: its runs say what is there.
  if (shown?.contents === contents) return daysOfOtherRuns(shown.runs, runs);
  const seesParts = parts.some(({ accepted }) => accepted.rows > 0);
  // Nothing to see, and by the ledger nothing that there was: where it says otherwise, somebody emptied the month.
  const isNew = seesParts && runs.every(({ date, rows }) => rows === 0 || unrecorded.includes(date));
  return contents === '' && isNew ? [] : undefined;
}
