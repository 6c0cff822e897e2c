import { candidatesPrefix, literal, newToken } from '../clickhouse/names.js';
import { caller } from './context.js';
import type { ActivityDeps } from './deps.js';

/** Creates the candidates table of one attempt at a chunk. Its comment names the workflow that it belongs to. */
export async function createCandidates({ database }: ActivityDeps, chunk: number): Promise<{ candidates: string }> {
  const { workflowId, runId } = caller();
  const candidates = `${candidatesPrefix(workflowId, runId, chunk)}${newToken()}`;
  const names = { candidates: database.temporary(candidates), comment: literal(workflowId) };
  await database.command(database.statement('pipeline/create-candidates.sql', names));
  return { candidates };
}
