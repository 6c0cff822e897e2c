import type { Anomaly } from './anomaly.js';
import { concurrentSwaps } from './concurrent-swaps.js';
import { lostInsertAnswer, repeatedAccept, slowExecution, zombieExecution } from './doubled-day.js';
import { emptiedBeforeAccept, emptiedBeforeInsert, emptiedBeforeVerify } from './emptied-candidates.js';
import { fuzz } from './fuzz.js';
import { meddledLive } from './meddled-live.js';
import { olderSnapshot } from './older-snapshot.js';
import { partialAccept } from './partial-accept.js';
import { zombiePublisher } from './zombie-publisher.js';

export const ANOMALIES: readonly Anomaly[] = [
  zombiePublisher,
  concurrentSwaps,
  olderSnapshot,
  lostInsertAnswer,
  zombieExecution,
  slowExecution,
  repeatedAccept,
  partialAccept,
  emptiedBeforeInsert,
  emptiedBeforeVerify,
  emptiedBeforeAccept,
  meddledLive,
  fuzz,
];
