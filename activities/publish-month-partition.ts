import { parseMonth, PartitionError, type Month, type Partition } from '../config/partition.js';
import { CODE, errorCode, PassingError, shortMessage } from '../clickhouse/errors.js';
import { publishMonth, PublishGateError, type Shown } from '../clickhouse/publish.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, logComment, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { permanent, toFailure } from './failure.js';

export interface PublishMonthInput {
  readonly month: Month;
}

export interface PublishMonthOutput {
  readonly month: Month;
  /** Rows of the month that are now visible. */
  readonly rows: number;
  /** Days whose visible rows have changed. */
  readonly changed: readonly Partition[];
}

/**
 * Makes a month of the live table what is current. Every attempt begins again from its own staging table.
 * @throws GateFailed when the staged month is not what the markers say; everything else is tried again, without limit.
 */
export function publishMonthPartition({ database, settings }: ActivityDeps) {
  // What the last publish found. One that expects states and finds none has a table too many; the other way round it begins again.
  let states = true;
  // What the last publish of each month has left visible: the next one looks whether it is still there.
  const visible = new Map<Month, Shown | undefined>();
  return async (input: PublishMonthInput): Promise<PublishMonthOutput> => {
    const month = checkedMonth(input.month);
    const { workflowId, attempt } = caller();
    return await withHeartbeats(async (signal, report) => {
      try {
        const comment = logComment({ publish: month });
        const { hasStates, shown, ...result } = await publishMonth(database, {
          month,
          workflowId,
          logComment: comment,
          replicated: settings.engine.startsWith('Replicated'),
          states,
          shown: visible.get(month),
          signal,
          onStep: report,
        });
        states = hasStates;
        visible.set(month, shown);
        return { month, ...result };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof PublishGateError) throw permanent(FAILURE.gate, error.message);
        throw toFailure(passing(error), { type: FAILURE.clickhouse, what: `publishing month ${month}`, attempt });
      }
    });
  };
}

/** It stands in the statement that swaps: nobody is trusted to have checked it. @throws InvalidInput */
function checkedMonth(month: string): Month {
  try {
    return parseMonth(month);
  } catch (error) {
    if (error instanceof PartitionError) throw permanent(FAILURE.invalidInput, error.message);
    throw error;
  }
}

/** A publish begins again whatever the error: nothing of it is the users' SQL, and the month must become visible. */
function passing(error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined || code === CODE.accessDenied || code === CODE.readonly) return error;
  return new PassingError(shortMessage(error));
}
