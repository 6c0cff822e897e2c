import { getClient } from '@temporalio/activity';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';
import { findLeftovers, removeLeftovers } from './find-leftovers.js';
import { unlessAway } from './temporal-away.js';

export interface SweepLeftoversOutput {
  /** Tables that were dropped. */
  readonly tables: readonly string[];
  /** Queries that were killed. */
  readonly queries: readonly string[];
}

/** Removes what runs that died have left: their queries, and then their tables. Where Temporal can't say who is alive, nothing. */
export function sweepLeftovers({ database }: ActivityDeps) {
  return async (): Promise<SweepLeftoversOutput> => {
    const { attempt } = caller();
    return await withHeartbeats(async () => {
      try {
        const { tables, queries } = await findLeftovers(database, getClient());
        await removeLeftovers(database, { tables, queries });
        return { tables: tables.map(({ name }) => name), queries: queries.map(({ queryId }) => queryId) };
      } catch (error) {
        throw toFailure(unlessAway(error), { type: FAILURE.clickhouse, what: 'sweeping leftovers', attempt });
      }
    });
  };
}
