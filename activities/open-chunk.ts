import { FAILURE } from '../workflows/plan/failures.js';
import { caller, withHeartbeats } from './context.js';
import { createCandidates } from './create-candidates.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';

export interface OpenChunkInput {
  /** Of the run, from 0: what clean-up finds the chunk's tables by. */
  readonly chunk: number;
}

export interface OpenChunkOutput {
  /** The table that this attempt at the chunk writes its candidates to. */
  readonly candidates: string;
}

/** Opens a chunk of a run that began when `decodeSlice` did not do it yet. */
export function openChunk(deps: ActivityDeps) {
  return async ({ chunk }: OpenChunkInput): Promise<OpenChunkOutput> => {
    try {
      return await withHeartbeats(() => createCandidates(deps, chunk));
    } catch (error) {
      const what = `candidates table of chunk ${chunk}`;
      throw toFailure(error, { type: FAILURE.clickhouse, what, attempt: caller().attempt });
    }
  };
}
