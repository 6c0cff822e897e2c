/** What silent activities say of a day: numbers as long as real ones, because histories keep them. */
import type { ExecuteInsertOutput } from '../../activities/execute-insert.js';
import type { DecodedDay } from '../../activities/slice/slice.js';
import type { VerifyRowCountsOutput } from '../../activities/verify-row-counts.js';
import { newToken } from '../../clickhouse/names.js';
import type { Partition } from '../../config/partition.js';

export const ROWS = 5000;

const SNAPSHOT = 1_764_547_200_000_000;
const FINGERPRINT = '11400714819323198485';
const SOURCE = {
  rows: ROWS,
  fingerprint: FINGERPRINT,
  duplicates: 0,
  teams: 20,
  notUnderstood: 0,
  maxIngestedAt: '2025-12-01 00:00:00.000000',
};

export function silentDay(partition: Partition): DecodedDay {
  return {
    partition,
    snapshot: SNAPSHOT,
    version: SNAPSHOT,
    rows: ROWS,
    checksum: FINGERPRINT,
    source: SOURCE,
    readRows: ROWS,
    readBytes: 1_000_000,
    elapsedMs: 10,
  };
}

export function silentInsert(): ExecuteInsertOutput {
  return {
    token: newToken(),
    queryId: `llma-insert-${newToken()}-0-${newToken()}-${newToken()}`,
    writtenRows: 240,
    readRows: ROWS,
    readBytes: 1_000_000,
    elapsedMs: 10,
    version: SNAPSHOT,
    snapshot: SNAPSHOT,
    settings: { priority: '10', os_threads_nice_value_query: '19', slice: 'Memory' },
  };
}

export function silentVerification(templates: readonly string[]): VerifyRowCountsOutput {
  const templateRows = Object.fromEntries(templates.map((name) => [name, 80]));
  return { rows: 80 * templates.length, templateRows, source: SOURCE, lateRows: 0, findings: [] };
}
