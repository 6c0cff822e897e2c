import type { ClickHouseSettings } from '@clickhouse/client';
import type { QueryLimits } from '../config/settings.js';

/** Bytes after which a gentler query goes to disk, where no limit of its own says more. */
const SPILL_BYTES = 256 * 1024 ** 2;
const SMALLEST_SPILL = 16 * 1024 ** 2;

/**
 * What a query asks for less of, after so many attempts that found the server overloaded: one thread, and aggregation and sorting on
 * disk beyond a share of its memory that shrinks from attempt to attempt. Nothing after none.
 * @param maxMemoryMb what it may have, by configuration or by its user's profile; 0: no limit is known
 */
export function gentler(
  { maxMemoryMb }: Pick<QueryLimits, 'maxMemoryMb'>,
  overloadedAttempts: number,
): ClickHouseSettings {
  if (overloadedAttempts === 0) return {};
  const share = 2 ** Math.min(overloadedAttempts + 1, 5);
  const spill = maxMemoryMb > 0 ? (maxMemoryMb * 1_000_000) / share : (2 * SPILL_BYTES) / (share / 2);
  const bytes = String(Math.round(Math.max(SMALLEST_SPILL, spill)));
  return {
    max_threads: 1,
    max_bytes_before_external_group_by: bytes,
    max_bytes_before_external_sort: bytes,
    // Else it allocates at once what the same query's hash table took last time.
    collect_hash_table_stats_during_aggregation: 0,
  };
}
