import { ApplicationFailure } from '@temporalio/common';
import type { Partition } from '../../config/partition.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import type { Queries, SourceFacts, sourceGuard } from '../retention/guard.js';
import { refuseExpired } from '../retention/refuse.js';

/** A partition that is not computed, and why. */
export interface ExpiredDay {
  readonly partition: Partition;
  readonly message: string;
}

export interface Asked {
  readonly queries: Queries;
  readonly reason: string | undefined;
  readonly facts?: SourceFacts;
}

export interface Kept {
  /** Days that are computed; with the reason, where they are although their rows have expired. */
  readonly days: ReadonlyMap<Partition, string | undefined>;
  readonly expired: readonly ExpiredDay[];
}

/** Splits days into those whose source rows are there at `moment`, in microseconds, and those of which some have expired. @throws RetentionUnknown */
export async function splitExpired(
  guard: ReturnType<typeof sourceGuard>,
  partitions: readonly Partition[],
  { moment, ...asked }: Asked & { readonly moment: number },
): Promise<Kept> {
  const days = new Map<Partition, string | undefined>();
  const expired: ExpiredDay[] = [];
  for (const partition of partitions) {
    try {
      days.set(partition, await refuseExpired(guard, { partition, moment, ...asked }));
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.type !== FAILURE.expired) throw error;
      expired.push({ partition, message: error.message });
    }
  }
  return { days, expired };
}
