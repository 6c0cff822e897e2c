import { isGrpcServiceError } from '@temporalio/client';
import { PassingError } from '../clickhouse/errors.js';

/** gRPC's status codes of a Temporal that is away, starts or stops, or has too much to do. */
const PASSES: ReadonlySet<number> = new Set([
  1, // CANCELLED
  2, // UNKNOWN
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED
  10, // ABORTED
  13, // INTERNAL
  14, // UNAVAILABLE
]);

/** What an activity that asks Temporal throws: a Temporal that is away passes, and is no bug. Any other error is returned as it is. */
export function unlessAway(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) {
    // A worker's own connection has no details, only a message.
    if (isGrpcServiceError(at) && PASSES.has(at.code))
      return new PassingError(`Temporal does not answer (${at.details || at.message})`, { cause: error });
  }
  return error;
}
