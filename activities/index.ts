import { acceptPartitions } from './accept-partitions.js';
import { checkLookback } from './check-lookback.js';
import { cleanUp } from './clean-up.js';
import { decodeSlice } from './decode-slice.js';
import type { ActivityDeps } from './deps.js';
import { executeInsert } from './execute-insert.js';
import { openChunk } from './open-chunk.js';
import { publishMonthPartition } from './publish-month-partition.js';
import { readSettings } from './read-settings.js';
import { recordOutcomes } from './record-outcomes.js';
import { recoverMonths } from './recover-months.js';
import { renderTemplates } from './render-templates.js';
import { sweepLeftovers } from './sweep-leftovers.js';
import { sweepVersions } from './sweep-versions.js';
import { verifyRowCounts } from './verify-row-counts.js';

/** Every activity, by the name that histories and the Temporal UI know it by. */
export function createActivities(deps: ActivityDeps) {
  return {
    readSettings: readSettings(deps),
    checkLookback: checkLookback(deps),
    openChunk: openChunk(deps),
    decodeSlice: decodeSlice(deps),
    renderTemplates: renderTemplates(deps),
    executeInsert: executeInsert(deps),
    verifyRowCounts: verifyRowCounts(deps),
    acceptPartitions: acceptPartitions(deps),
    publishMonthPartition: publishMonthPartition(deps),
    recordOutcomes: recordOutcomes(deps),
    cleanUp: cleanUp(deps),
    recoverMonths: recoverMonths(deps),
    sweepLeftovers: sweepLeftovers(deps),
    sweepVersions: sweepVersions(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
