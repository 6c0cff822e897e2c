import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { queryTimeouts } from './plan/timeouts.js';

/**
 * Timeouts and retries by class of work. Every class waits for a cancelled activity to end: it kills its query first.
 * Permanent failures say so themselves; everything else is tried again until it passes, because the work waits for a server
 * that went away. Heartbeats tell that the worker lives: after a `kill -9` the run goes on in seconds, whatever it was doing.
 */
const waits = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

/** Milliseconds of work in memory: no server is asked. */
export const { readSettings } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 5 },
});

export const { renderTemplates } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});

/** Statements that take milliseconds when the server is there. */
export const { openChunk, recordOutcomes } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '2m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '500ms', maximumInterval: '15s' },
});

/** Appends candidates to the versions. */
export const { acceptPartitions } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '10m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '500ms', maximumInterval: '15s' },
});

/** Ends by itself after a while: what it leaves, the next run sweeps. */
export const { cleanUp } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '500ms', maximumInterval: '15s' },
});

/** Work beside a run, which does not wait for it long: what it leaves, the next run finds again. */
export const { sweepLeftovers } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', maximumInterval: '15s', maximumAttempts: 3 },
});

/** A month’s publish is tried without limit, at most two seconds apart, until its last step is done: one without memory, too (docs/operations.md, "Overloaded"). */
export const { publishMonthPartition } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});

/** Reads the event ids of the look-back's days; compares all months; deletes old versions. */
export const { checkLookback, recoverMonths, sweepVersions } = proxyActivities<Activities>({
  ...waits,
  startToCloseTimeout: '1h',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

/** Queries that read the source or a slice. ClickHouse gives up first (`max_execution_time`), with a clean error. */
export function queries(maxExecutionSeconds: number) {
  return proxyActivities<Activities>({
    ...waits,
    ...queryTimeouts(maxExecutionSeconds),
    heartbeatTimeout: '20s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  });
}
