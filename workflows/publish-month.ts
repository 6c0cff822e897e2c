import { ApplicationFailure, setCurrentDetails, setWorkflowOptions } from '@temporalio/workflow';
import type { PublishMonthOutput } from '../activities/publish-month-partition.js';
import { parseMonth, PartitionError, type Month } from '../config/partition.js';
import { publishMonthPartition } from './activities-proxy.js';
import { FAILURE } from './plan/failures.js';

export interface PublishMonthInput {
  /** `'YYYYMM'`. */
  readonly month: string;
}

// A bug of ours ends the run, and frees the month, instead of holding it for ever.
setWorkflowOptions({ failureExceptionTypes: [Error] }, publishMonth);

/**
 * Makes a month of the live table what is current. Its workflow id, `publish/<yyyymm>`, is the month's lock.
 * Safe to start at any time: it has nothing to do when the month is published already.
 */
export async function publishMonth(input: PublishMonthInput): Promise<PublishMonthOutput> {
  const month = checked(input);
  const output = await publishMonthPartition.executeWithOptions({ summary: month }, [{ month }]);
  setCurrentDetails(
    `${output.rows} rows are visible; ${output.changed.length} days changed: ${output.changed.join(', ')}`,
  );
  return output;
}

function checked(input: PublishMonthInput | null | undefined): Month {
  try {
    if (typeof (input ?? {}) !== 'object' || Array.isArray(input)) {
      throw new PartitionError(`input ${JSON.stringify(input).slice(0, 80)}: expected an object`);
    }
    const month = parseMonth(input?.month);
    const other = Object.keys(input ?? {}).find((key) => key !== 'month');
    if (other === undefined) return month;
    throw new PartitionError(`there is no option "${other}"`);
  } catch (error) {
    if (!(error instanceof PartitionError)) throw error;
    throw ApplicationFailure.create({
      type: FAILURE.invalidInput,
      nonRetryable: true,
      message: `${error.message}; publishMonth takes {"month": "202601"}`,
    });
  }
}
