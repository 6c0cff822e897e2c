import { ApplicationFailure } from '@temporalio/common';
import { classify, CODE, errorCode, shortMessage } from '../clickhouse/errors.js';
import { CatalogueError, TemplateError } from '../templates/errors.js';
import { FAILURE, type FailureType } from '../workflows/plan/failures.js';

/** A failure that no retry mends. */
export function permanent(type: FailureType, message: string, details: unknown[] = []): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

/** Attempts after which a query that runs into a limit of its own, of time or memory, will not be tried again. */
const MAX_ATTEMPTS_AT_LIMIT = 3;

/** Of the query itself; the server's and the user's memory is shared, and comes back. */
const OWN_MEMORY = /Query memory limit|\(for query\)/;

export interface FailureContext {
  /** The type when the error is permanent. */
  readonly type: FailureType;
  /** What failed, for the head of the message. */
  readonly what: string;
  /** Of the running activity, from 1. */
  readonly attempt: number;
}

/**
 * What an activity throws for an error of ClickHouse: permanent ones end the work, overloaded ones come back later,
 * transient ones at the pace of the retry policy.
 */
export function toFailure(error: unknown, { type, what, attempt }: FailureContext): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof TemplateError || error instanceof CatalogueError)
    return permanent(FAILURE.template, error.message);
  const message = `${what}: ${shortMessage(error)}`;
  const cause = error instanceof Error ? error : undefined;
  const code = errorCode(error);
  const atLimit = code === CODE.timeoutExceeded || (code === CODE.memoryLimitExceeded && OWN_MEMORY.test(message));
  const kind = classify(error);
  if (kind === 'permanent' || (atLimit && attempt >= MAX_ATTEMPTS_AT_LIMIT)) return permanent(type, message);
  return ApplicationFailure.create({
    type: kind === 'overloaded' ? 'ClickHouseOverloaded' : 'ClickHouseTransient',
    message,
    ...(cause ? { cause: new Error(shortMessage(cause)) } : {}),
    ...(kind === 'overloaded' ? { nextRetryDelay: `${Math.min(10 * attempt, 300)}s` } : {}),
  });
}
