import { FAILURE } from '../workflows/plan/failures.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';
import { recordEnded, type EndedDay } from './ledger.js';

export interface RecordOutcomesInput {
  readonly days: readonly EndedDay[];
}

/** Writes ledger rows for days that failed, were cancelled, or whose source has expired. */
export function recordOutcomes({ database }: ActivityDeps) {
  return async ({ days }: RecordOutcomesInput): Promise<void> => {
    const { attempt } = caller();
    try {
      await withHeartbeats(() => recordEnded(database, caller(), days));
    } catch (error) {
      throw toFailure(error, { type: FAILURE.clickhouse, what: 'recording outcomes in the ledger', attempt });
    }
  };
}
