import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { classify, isCrowded, shortMessage } from '../clickhouse/errors.js';
import { CatalogueError, TemplateError } from '../templates/errors.js';
import { FAILURE, type FailureType } from '../workflows/plan/failures.js';
import { kindOf, type Past } from './attempts.js';

/** A failure that no retry mends. */
export function permanent(type: FailureType, message: string, details: unknown[] = []): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

export interface FailureContext {
  /** The type when the error is permanent. */
  readonly type: FailureType;
  /** What failed, for the head of the message. */
  readonly what: string;
  /** Of the running activity, from 1. */
  readonly attempt: number;
}

/** What a failure is made of: how its attempt counts, and what it becomes when there were enough of its kind. */
interface Made {
  readonly kind: Past;
  readonly last: ApplicationFailure;
  readonly error: unknown;
}

const made = new WeakMap<ApplicationFailure, Made>();

/**
 * What an activity throws for an error of ClickHouse: permanent ones end the work, overloaded ones come back later,
 * transient ones at the pace of the retry policy. A bug of ours, and a query at its own limit, are given up after a few attempts
 * (see withHeartbeats).
 */
export function toFailure(error: unknown, { type, what, attempt }: FailureContext): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof TemplateError || error instanceof CatalogueError)
    return permanent(FAILURE.template, error.message);
  const message = `${what}: ${shortMessage(error)}`;
  const kind = classify(error);
  if (kind === 'permanent') return permanent(type, message);
  const count = kindOf(error);
  const failure = ApplicationFailure.create({
    type: TYPE[kind],
    message,
    ...(error instanceof Error ? { cause: new Error(shortMessage(error)) } : {}),
    // A query at its own limit waits for nobody: it comes back gentler.
    ...(kind === 'overloaded' && count.atLimit === 0
      ? { nextRetryDelay: isCrowded(error) ? soon() : later(attempt) }
      : {}),
  });
  const last = permanent(kind === 'bug' ? FAILURE.bug : type, message);
  made.set(failure, { kind: count, last, error });
  return failure;
}

/** A place comes free at any moment: after a short while, and not all at once. */
const soon = (): `${number}s` => `${Math.ceil(5 + 10 * Math.random())}s`;
/** A server without memory is left alone for longer and longer. */
const later = (attempt: number): `${number}s` => `${Math.min(10 * attempt, 300)}s`;

const TYPE = { overloaded: 'ClickHouseOverloaded', transient: 'ClickHouseTransient', bug: FAILURE.bug } as const;

/** How the attempt that ends with `error` counts, and what is thrown when enough have ended so. */
export function accountOf(error: unknown): Made | undefined {
  if (error instanceof ApplicationFailure) return made.get(error);
  const kind = kindOf(error);
  const type = kind.bugs > 0 ? FAILURE.bug : FAILURE.clickhouse;
  return { kind, last: permanent(type, shortMessage(error)), error };
}

/** A bug of an activity that asks no server, and so ends every attempt alike. Its stack goes into the log. */
export function bugOf(error: unknown, what: string): ApplicationFailure {
  // It says itself what it is.
  if (error instanceof ApplicationFailure) return error;
  const message = `${what}: ${shortMessage(error)}`;
  log.error('a bug of llma-metrics', { stack: error instanceof Error ? error.stack : message });
  return activityInfo().attempt < 3
    ? ApplicationFailure.create({ type: FAILURE.bug, message })
    : permanent(FAILURE.bug, message);
}
