import type { Partition } from '../../config/partition.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { permanent } from '../failure.js';
import { expires, UnknownTtlError, type Expiry } from './expiry.js';
import type { Queries, SourceFacts, sourceGuard } from './guard.js';

const STATE = 'state how long rows are kept with LLMA_SOURCE_RETENTION_DAYS (a number of days, or "none")';

interface Asked {
  readonly partition: Partition;
  readonly queries: Queries;
  /** Microseconds at which rows of the partition were last read, or are about to be. */
  readonly moment: number;
  /** Why the partition is computed from what is left, if it is. */
  readonly reason: string | undefined;
  /** What was known of the tables a while ago: enough to let a partition begin, never to refuse it. Default: as they are now. */
  readonly facts?: SourceFacts;
}

/**
 * Whether the partition's rows have expired at a moment, wholly or in part.
 * @returns the reason for which an expired partition is computed all the same; undefined for one that isn't expired.
 * @throws PartitionExpired for an expired one without a reason; RetentionUnknown when nobody can tell, without one
 */
export async function refuseExpired(
  guard: ReturnType<typeof sourceGuard>,
  { facts, ...asked }: Asked,
): Promise<string | undefined> {
  const { partition, queries, moment, reason } = asked;
  try {
    if (facts && (await isSurelyThere(facts, partition, moment))) return undefined;
    const expiry = await (await guard(queries, { fresh: true })).expiry(partition);
    if (expiry === undefined || !expires(expiry, moment)) return undefined;
    if (reason !== undefined) return reason;
    throw permanent(FAILURE.expired, sentence(partition, expiry));
  } catch (error) {
    if (!(error instanceof UnknownTtlError)) throw error;
    if (reason !== undefined) return reason;
    const message = `partition ${partition}: whether its source rows have expired can't be told: ${error.message}; ${STATE}`;
    throw permanent(FAILURE.retention, message);
  }
}

function sentence(partition: Partition, { at, by }: Expiry): string {
  const time = new Date(at / 1000).toISOString().slice(0, 16).replace('T', ' ');
  return (
    `partition ${partition} was not computed: its source rows have expired, wholly or in part: ${by}, so its first rows ` +
    `went at ${time} UTC. What was visible stays. To compute it from what is left: llma backfill --from ${partition} --to ` +
    `${partition} --compute-expired "REASON". If the rows are still there: LLMA_SOURCE_RETENTION_DAYS`
  );
}

/** Whether the day's rows have expired already. What can't be told is not taken for it. */
export async function isExpired(facts: SourceFacts, partition: Partition, moment: number): Promise<boolean> {
  return await unlessUnknown(async () => expires(await facts.expiry(partition), moment));
}

async function isSurelyThere(facts: SourceFacts, partition: Partition, moment: number): Promise<boolean> {
  return await unlessUnknown(async () => !expires(await facts.expiry(partition), moment));
}

async function unlessUnknown(ask: () => Promise<boolean>): Promise<boolean> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UnknownTtlError) return false;
    throw error;
  }
}
