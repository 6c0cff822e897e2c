import type { ClickHouseSettings } from '@clickhouse/client';
import type { Database } from '../clickhouse/database.js';
import { logComment } from './context.js';
import type { RenderTemplatesOutput } from './render-templates.js';

export interface ExecuteInsertInput extends RenderTemplatesOutput {
  readonly chunk: number;
  readonly candidates: string;
  readonly maxExecutionSeconds: number;
}

/** All branches of a UNION read one snapshot of a table, so that the recount counts what the metrics counted. */
export const ONE_SNAPSHOT = { enable_shared_storage_snapshot_in_query: 1 } as const;

/** Settings of a partition's INSERT, and of the queries that look for the template to blame. */
export async function insertSettings(
  database: Database,
  { partition, templates, maxExecutionSeconds }: ExecuteInsertInput,
): Promise<ClickHouseSettings> {
  const hashes = Object.fromEntries(templates.map(({ name, hash }) => [name, hash]));
  return {
    log_comment: logComment({ partition, templates: hashes }),
    max_execution_time: maxExecutionSeconds,
    ...(await database.supported(ONE_SNAPSHOT)),
  };
}
