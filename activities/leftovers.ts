import { digest, runDigestOf, stagingMonthOf } from '../clickhouse/names.js';
import { publishId } from '../workflows/plan/names.js';

/** A table that lives as long as one attempt, as ClickHouse has it. */
export interface TemporaryTable {
  readonly name: string;
  /** The id of the workflow that it belongs to. */
  readonly comment: string;
}

/** A running query that an activity began. */
export interface OwnedQuery {
  readonly queryId: string;
  readonly workflowId: string;
  readonly runId: string;
}

/** The run that is open of each workflow id. Of an id that isn't here none is: it is closed, or past retention. */
export type OpenRuns = ReadonlyMap<string, string>;

/**
 * What may be done with a table: `in use` is left alone; a `leftover` is dropped; of `another run` of an open workflow is what a
 * reset left, unless the open run's history has taken it over; `unclaimed` tables name nobody, so only people drop them.
 */
export type TableVerdict = 'in use' | 'leftover' | 'another run' | 'unclaimed';

/** Workflow ids that decide about a table. */
export function ownersOf({ name, comment }: TemporaryTable): string[] {
  const month = stagingMonthOf(name);
  const owners = month === undefined ? [comment] : [comment, publishId(month)];
  return owners.filter((owner) => owner !== '');
}

/** Whether a table is a leftover. */
export function judgeTable(table: TemporaryTable, open: OpenRuns): TableVerdict {
  if (table.comment === '') return 'unclaimed';
  // A month's staging tables belong to whoever publishes it: its fence takes the others.
  if (stagingMonthOf(table.name) !== undefined) {
    return ownersOf(table).some((owner) => open.has(owner)) ? 'in use' : 'leftover';
  }
  const runId = open.get(table.comment);
  if (runId === undefined) return 'leftover';
  const made = runDigestOf(table.name);
  return made === undefined || made === digest(table.comment, runId) ? 'in use' : 'another run';
}

/** Whether nobody waits for a query any more: its run is not the open one of its workflow. */
export function isLeftQuery({ workflowId, runId }: OwnedQuery, open: OpenRuns): boolean {
  return open.get(workflowId) !== runId;
}
