import { candidatesPrefix, literal, newToken } from '../clickhouse/names.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, withHeartbeats } from './context.js';
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

/** Creates the candidates table of one attempt at a chunk. Its comment names the workflow that it belongs to. */
export function openChunk({ database }: ActivityDeps) {
  return async ({ chunk }: OpenChunkInput): Promise<OpenChunkOutput> => {
    const { workflowId, runId, attempt } = caller();
    const candidates = `${candidatesPrefix(workflowId, runId, chunk)}${newToken()}`;
    const names = { candidates: database.temporary(candidates), comment: literal(workflowId) };
    try {
      await withHeartbeats(() => database.command(database.statement('pipeline/create-candidates.sql', names)));
    } catch (error) {
      throw toFailure(error, { type: FAILURE.clickhouse, what: `candidates table ${candidates}`, attempt });
    }
    return { candidates };
  };
}
