import type { FaultKind } from '../plan.js';
import type { Harm } from './harm.js';
import { cut, delay, late, memory, readOnlyReplica, swallow, tooManyQueries } from './network.js';
import { killClickHouse, killTemporal } from './servers.js';
import { diskFull, killQuery, readOnlyTable, tooManyParts } from './strangers.js';
import { cancel, reset, terminate } from './workflows.js';
import { freezeWorker, killWorker, skewWorker, stopWorker } from './workers.js';

/** How each fault is done. */
export const HARM: Readonly<Record<FaultKind, Harm>> = {
  'kill-worker': killWorker,
  'stop-worker': stopWorker,
  'freeze-worker': freezeWorker,
  'skew-worker': skewWorker,
  'kill-clickhouse': killClickHouse,
  'kill-temporal': killTemporal,
  cut,
  delay,
  swallow,
  late,
  'read-only-replica': readOnlyReplica,
  memory,
  'too-many-queries': tooManyQueries,
  'disk-full': diskFull,
  'too-many-parts': tooManyParts,
  'read-only-table': readOnlyTable,
  'kill-query': killQuery,
  cancel,
  terminate,
  reset,
};
