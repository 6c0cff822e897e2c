import { candidatesPrefix, insertQueryPrefix, slicePrefix } from '../clickhouse/names.js';
import { killQueries } from '../clickhouse/run-query.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';

export interface CleanUpInput {
  readonly chunk: number;
  /** Whether queries of the chunk may still run: after a cancellation or a failure. */
  readonly kill: boolean;
}

/** Kills what still writes to the chunk's tables, and drops every one of them, whichever attempt made it. Safe to repeat. */
export function cleanUp({ database }: ActivityDeps) {
  return async ({ chunk, kill }: CleanUpInput): Promise<void> => {
    const { workflowId, runId, attempt } = caller();
    const prefixes = [candidatesPrefix, slicePrefix].map((prefix) => prefix(workflowId, runId, chunk));
    try {
      await withHeartbeats(async () => {
        if (kill) await killQueries(database, insertQueryPrefix(workflowId, runId, chunk));
        const tables = await database.select<{ name: string }>(database.statement('pipeline/temporary-of-chunk.sql'), {
          params: { database: database.settings.database, prefixes },
        });
        const drop = (name: string) => database.command(`DROP TABLE IF EXISTS ${database.temporary(name)} SYNC`);
        await Promise.all(tables.map(({ name }) => drop(name)));
      });
    } catch (error) {
      throw toFailure(error, { type: FAILURE.clickhouse, what: `clean-up of chunk ${chunk}`, attempt });
    }
  };
}
