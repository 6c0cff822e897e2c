/** Activities whose SQL costs nothing: all that is left of a job is orchestration. */
import type { ActivityDeps } from '../../activities/deps.js';
import { createActivities, type Activities } from '../../activities/index.js';
import { newToken } from '../../clickhouse/names.js';
import { ROWS, silentDay, silentInsert, silentVerification } from './answers.js';

/**
 * The product's activities, of which those that ask ClickHouse answer at once, with as much as they would say. Settings are read and
 * templates are rendered as ever: that is orchestration too.
 */
export function silentActivities(deps: ActivityDeps): Activities {
  const of = createActivities(deps);
  const { sourcesHash } = deps.catalogue();
  return {
    ...of,
    checkLookback: () => Promise.resolve({ days: [] }),
    recoverMonths: () => Promise.resolve({ unfinished: [] }),
    sweepLeftovers: () => Promise.resolve({ tables: [], queries: [] }),
    sweepVersions: () => Promise.resolve({ rows: 0 }),
    openChunk: () => Promise.resolve({ candidates: `llma_cand_${newToken()}` }),
    decodeSlice: ({ partitions }) =>
      Promise.resolve({
        candidates: `llma_cand_${newToken()}_0_${newToken()}`,
        slice: {
          table: `llma_slice_${newToken()}_0_${newToken()}`,
          engine: 'Memory',
          sourcesHash,
          rows: ROWS * partitions.length,
        },
        days: partitions.map(silentDay),
        expired: [],
        rest: [],
        leavesRoom: true,
      }),
    executeInsert: () => Promise.resolve(silentInsert()),
    verifyRowCounts: ({ templates }) => Promise.resolve(silentVerification(templates)),
    acceptPartitions: ({ days }) =>
      Promise.resolve({ accepted: days.map(({ partition }) => partition), superseded: [], conflicts: [] }),
    publishMonthPartition: ({ month }) => Promise.resolve({ month, rows: ROWS, changed: [] }),
    recordOutcomes: () => Promise.resolve(),
    cleanUp: () => Promise.resolve(),
  };
}
